// Shows a room: its members and their messages.

const COME_BACK_AFTER = 3000; // milliseconds

const enter = document.querySelector("#enter");
const say = document.querySelector("#say");
const status = document.querySelector("#status");
const messages = document.querySelector("#messages");
const present = new Map();
let socket;

const name = (member) => (member.{{ 'id' if auth == 'none' else 'user' }} ?? "").slice(0, 8);

function show(text) {
  const item = document.createElement("li");
  item.textContent = text;
  messages.append(item);
  item.scrollIntoView({ block: "nearest" });
}

function showPresent() {
  const items = [...present.values()].map((member) => {
    const item = document.createElement("li");
    item.textContent = name(member);
    return item;
  });
  document.querySelector("#present").replaceChildren(...items);
}

function setPresent(members) {
  present.clear();
  for (const member of members) present.set(member.id, member);
  showPresent();
}

const reactions = {
  welcome(message) {
    status.textContent = `You are ${name(message.you)}.`;
    setPresent(message.present);
  },
  joined({ member }) {
    present.set(member.id, member);
    showPresent();
  },
  left({ member }) {
    present.delete(member.id);
    showPresent();
  },
  present: (message) => setPresent(message.present),
  said: ({ sender, text }) => show(`${name(sender)}: ${text}`),
  told: ({ sender, text }) => show(`${name(sender)}, only to you: ${text}`),
  error: ({ detail }) => show(detail),
# {% if websockets == 'redis' %}
  interrupted() {
    show("Some messages may be missing here.");
    socket.send(JSON.stringify({ type: "who" }));
  },
# {% endif %}
  ping: () => socket.send(JSON.stringify({ type: "pong" })),
};

function connect() {
  const address = new URL(`../ws/rooms/${enter.elements.room.value}`, location);
  address.protocol = address.protocol.replace("http", "ws");
# {% if auth in ['jwt', 'oidc'] %}
  const opened = new WebSocket(address, ["bearer", enter.elements.token.value]);
# {% else %}
  const opened = new WebSocket(address);
# {% endif %}
  socket?.close();
  socket = opened;
  opened.addEventListener("open", () => {
# {% if auth == 'api_key' %}
    opened.send(JSON.stringify({ type: "authenticate", key: enter.elements.key.value }));
# {% endif %}
    say.querySelector("button").disabled = false;
  });
  opened.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    reactions[message.type]?.(message);
  });
  opened.addEventListener("close", ({ code, reason }) => {
    if (opened !== socket) return;
    say.querySelector("button").disabled = true;
    setPresent([]);
    status.textContent = reason || "The connection ended.";
    if (code === 1001 || code === 1012 || code === 1013) setTimeout(connect, COME_BACK_AFTER);
  });
}

enter.addEventListener("submit", (event) => {
  event.preventDefault();
  messages.replaceChildren();
  connect();
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ type: "say", text: say.elements.text.value }));
  say.reset();
});
