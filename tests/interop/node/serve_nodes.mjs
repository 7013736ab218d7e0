// An OPC UA server made of node-opcua, for Baotu's client to read.
//
//   node serve_nodes.mjs <port> <namespace URI> <folder for certificates>
//
// Nodes, under the given namespace (ns=2 or later, so that a fixed index would not do):
//   s=pressure  Double 0.35, source time 20 s before the start
//   s=run       Boolean true          s=count  UInt16 41, may be written
//   s=flow      Float 12.5, UncertainLastUsableValue
//   s=chlorine  no value, BadSensorFailure
//   s=label     String                i=1001   Int32 -7
//   s=setpoint  Double 0.3, may be written
//   s=overridden  Double 0.4, GoodLocalOverride
// It refuses to read more than four nodes in one call.
// Prints "ready" and the source time of s=pressure in ms once it listens. Serves until it is killed.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages stand beside the lock file that was installed, not beside this script.
const beside = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
const load = (name) => import(pathToFileURL(beside.resolve(name)));
const { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes, Variant } =
  await load("node-opcua-client");
const { OPCUACertificateManager } = await load("node-opcua-certificate-manager");
const { OPCUAServer } = await load("node-opcua-server");

const [port, uri, folder] = process.argv.slice(2);
const keeper = () => new OPCUACertificateManager({ rootFolder: `${folder}/pki` });

const server = new OPCUAServer({
  port: Number(port),
  host: "127.0.0.1",
  resourcePath: "/works",
  securityModes: [MessageSecurityMode.None],
  securityPolicies: [SecurityPolicy.None],
  serverCertificateManager: keeper(),
  userCertificateManager: keeper(),
  serverCapabilities: { operationLimits: { maxNodesPerRead: 4 } },
});
await server.initialize();
const space = server.engine.addressSpace;
space.registerNamespace("urn:somebody:else");
const works = space.registerNamespace(uri);

function add(id, dataType, value, statusCode, sourceTimestamp) {
  const node = works.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: id,
    nodeId: id,
    dataType,
  });
  const content = new Variant({ dataType: value === null ? DataType.Null : DataType[dataType], value });
  node.setValueFromSource(content, statusCode ?? StatusCodes.Good, sourceTimestamp ?? new Date());
}

const measured = new Date(Date.now() - 20_000);
add("s=pressure", "Double", 0.35, undefined, measured);
add("s=run", "Boolean", true);
add("s=count", "UInt16", 41);
add("s=flow", "Float", 12.5, StatusCodes.UncertainLastUsableValue);
add("s=chlorine", "Double", null, StatusCodes.BadSensorFailure);
add("s=label", "String", "Donghu");
add("i=1001", "Int32", -7);
add("s=setpoint", "Double", 0.3);
add("s=overridden", "Double", 0.4, StatusCodes.GoodLocalOverride);

await server.start();
console.log(`ready ${measured.getTime()}`);
