// Opens many sockets without a library between, and says what has come on them: a child of a test.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const [port, count, together] = process.argv.slice(2).map(Number);
const sockets = [];
let opened = 0;
let messages = 0;

function open() {
  if (sockets.length === count) return;
  const socket = connect({ port, host: "127.0.0.1" });
  sockets.push(socket);
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
  );
  let head = "";
  const waitForHead = (data) => {
    head += data.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    socket.off("data", waitForHead);
    socket.on("data", () => {
      messages++;
      if (messages === count) process.send("heard");
    });
    opened++;
    if (opened === count) process.send("open");
    else open();
  };
  socket.on("data", waitForHead);
  socket.on("error", (error) => process.send(`error ${error.message}`));
}

for (let each = 0; each < together; each++) open();

process.on("message", (what) => {
  if (what === "end") process.exit();
  // A masked text "x".
  sockets[0].write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]));
});
