// The page of a chat room: one socket, what it brings, and what is typed.

/** How long until a lost connection is tried again; doubles up to the second number. */
const RETRY_MS = [500, 10_000];
/** How often the connection is tried out. The room answers without waking up. */
const PING_MS = 20_000;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const join = /** @type {HTMLFormElement} */ (element("join"));
const say = /** @type {HTMLFormElement} */ (element("say"));
const text = /** @type {HTMLInputElement} */ (element("text"));
const messages = element("messages");
const state = element("state");

/** The same for every tab of this browser. */
const person = localStorage.person ?? crypto.randomUUID();
localStorage.person = person;

let name = "";
let room = "";
/** @type {WebSocket | undefined} */
let socket;
let last = 0;
let retryMs = RETRY_MS[0];

join.elements.namedItem("name").value = localStorage.name ?? "";
join.elements.namedItem("room").value = new URLSearchParams(location.search).get("room") ?? "lobby";

join.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(join);
  name = String(form.get("name")).trim();
  room = String(form.get("room")).trim();
  if (name === "" || room === "") return;
  localStorage.name = name;
  history.replaceState(undefined, "", `?${new URLSearchParams({ room })}`);
  element("title").textContent = room;
  document.title = `${room} – Chat`;
  join.hidden = true;
  element("chat").hidden = false;
  text.focus();
  connect();
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value.trim() === "" || socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ type: "say", text: text.value }));
  text.value = "";
});

function connect() {
  show("Connecting…", false);
  const parameters = new URLSearchParams({ name, person, after: String(last) });
  const url = new URL(`/rooms/${encodeURIComponent(room)}/socket?${parameters}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const opened = new WebSocket(url);
  socket = opened;
  const pings = setInterval(
    () => opened.readyState === WebSocket.OPEN && opened.send("ping"),
    PING_MS,
  );
  opened.addEventListener("open", () => {
    retryMs = RETRY_MS[0];
    show("Connected", true);
  });
  opened.addEventListener("message", ({ data }) => {
    if (data !== "pong") receive(JSON.parse(data));
  });
  opened.addEventListener("close", () => {
    clearInterval(pings);
    show("Connection lost, trying again…", false);
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MS[1]);
  });
}

/** @param {import("../src/protocol").ToPage} told */
function receive(told) {
  switch (told.type) {
    case "messages": {
      // Whoever has scrolled up is reading there.
      const follow = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
      for (const message of told.messages) if (message.number > last) append(message);
      if (follow) messages.scrollTop = messages.scrollHeight;
      break;
    }
    case "present":
      element("present").replaceChildren(
        ...told.names.map((each) => {
          const item = document.createElement("li");
          item.textContent = each === name ? `${each} (you)` : each;
          return item;
        }),
      );
      break;
    case "wait":
      // What was typed is not lost: it can be sent again when it is time.
      text.value = [text.value, told.text].filter(Boolean).join(" ");
      show(`Not so fast: try again in ${Math.ceil(told.ms / 1000)} s`, true);
      setTimeout(() => show("Connected", true), told.ms);
      break;
  }
}

/** @param {import("../src/protocol").Message} message */
function append({ number, name: who, text: said, time }) {
  last = number;
  const template = /** @type {HTMLTemplateElement} */ (element("message"));
  const item = /** @type {HTMLElement} */ (template.content.cloneNode(true)).firstElementChild;
  item.classList.toggle("own", who === name);
  item.querySelector("b").textContent = who;
  item.querySelector(".text").textContent = said;
  const at = item.querySelector("time");
  at.dateTime = new Date(time).toISOString();
  at.textContent = new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  messages.append(item);
}

/**
 * @param {string} what
 * @param {boolean} connected
 */
function show(what, connected) {
  if (connected && socket?.readyState !== WebSocket.OPEN) return;
  state.textContent = what;
  state.classList.toggle("connected", connected);
}
