// Reads nodes of an OPC UA server with node-opcua's client and prints them as one JSON object.
//
//   node read_nodes.mjs <endpoint> <namespace URI> <identifier>...
//
// Each identifier is the text after "s="; a value is printed with its status and source time,
// an analog one also with its range and unit. `identifier=number` writes a Double first.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages stand beside the lock file that was installed, not beside this script.
const beside = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
const load = (name) => import(pathToFileURL(beside.resolve(name)));
const {
  AttributeIds,
  DataType,
  makeBrowsePath,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
} = await load("node-opcua-client");

const [endpoint, namespace, ...wanted] = process.argv.slice(2);

const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: MessageSecurityMode.None,
  securityPolicy: SecurityPolicy.None,
  connectionStrategy: { maxRetry: 1 },
});

async function property(session, nodeId, name) {
  const found = await session.translateBrowsePath(makeBrowsePath(nodeId, `.${name}`));
  if (!found.targets?.length) return null;
  const read = await session.read({ nodeId: found.targets[0].targetId });
  return read.value.value;
}

async function describe(session, nodeId) {
  const read = await session.read({ nodeId, attributeId: AttributeIds.Value });
  const range = await property(session, nodeId, "EURange");
  const unit = await property(session, nodeId, "EngineeringUnits");
  return {
    value: read.value?.value ?? null,
    type: DataType[read.value?.dataType ?? 0],
    status: read.statusCode.name,
    source_ms: read.sourceTimestamp?.getTime() ?? null,
    range: range && [range.low, range.high],
    unit: unit && unit.displayName.text,
  };
}

await client.withSessionAsync(endpoint, async (session) => {
  const index = (await session.readNamespaceArray()).indexOf(namespace);
  const result = {};
  for (const item of wanted) {
    const [identifier, written] = item.split("=");
    const nodeId = `ns=${index};s=${identifier}`;
    let write = null;
    if (written !== undefined) {
      const value = { value: { dataType: DataType.Double, value: Number(written) } };
      write = (await session.write({ nodeId, attributeId: AttributeIds.Value, value })).name;
    }
    result[identifier] = { ...(await describe(session, nodeId)), write };
  }
  console.log(JSON.stringify(result));
});
