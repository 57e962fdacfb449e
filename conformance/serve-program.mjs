// The process that serves one program on Steadfast; its only argument is the settings, as JSON.
import process from "node:process";
import { pathToFileURL } from "node:url";
import { attach, Server } from "steadfast";

const { file, storage, ...definition } = JSON.parse(process.argv[2]);
const server = await Server.start({ storage, host: "127.0.0.1", port: 0 });
await attach(server.token, { module: await import(pathToFileURL(file).href), ...definition });
process.send?.(server.port);
