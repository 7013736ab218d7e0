"""Files with which Grafana finds the dashboards and the data source by itself; pure.

No secret stands in them: Grafana puts the environment variable in when it starts.
"""

from __future__ import annotations

import json

from dashboards.datasource import NAME, UID, SeriesServer

TOKEN_VARIABLE = "BAOTU_TOKEN"  # noqa: S105 - the name of a variable, not a secret


def provider_yaml(folder: str, folder_uid: str, path: str) -> str:
    """``provisioning/dashboards/baotu.yaml``.

    Args:
        folder: title of the dashboards' folder.
        folder_uid: and its uid.
        path: where the dashboards' files lie on Grafana's machine.
    """
    return f"""\
# Written by `baotu dashboards build`; belongs into Grafana's provisioning/dashboards.
apiVersion: 1
providers:
  - name: baotu
    type: file
    folder: {json.dumps(folder, ensure_ascii=False)}
    folderUid: {json.dumps(folder_uid)}
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: {json.dumps(path, ensure_ascii=False)}
"""


def datasource_yaml(server: SeriesServer, *, with_token: bool) -> str:
    """``provisioning/datasources/baotu.yaml``.

    Args:
        server: where the readings are.
        with_token: send the token that the environment of Grafana holds.
    """
    header = "      httpHeaderName1: Authorization\n" if with_token else ""
    secret = (
        f"    secureJsonData:\n      httpHeaderValue1: {server.scheme} ${TOKEN_VARIABLE}\n"
        if with_token
        else ""
    )
    return f"""\
# Written by `baotu dashboards build`; belongs into Grafana's provisioning/datasources.
apiVersion: 1
datasources:
  - uid: {UID}
    name: {NAME}
    type: influxdb
    access: proxy
    url: {json.dumps(server.url)}
    jsonData:
      dbName: {json.dumps(server.database)}
      httpMode: POST
      timeInterval: 1s
{header}{secret}"""
