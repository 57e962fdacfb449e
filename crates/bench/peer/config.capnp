# workerd, set up as `steadfast serve` is: the same worker file, its objects on a local disk.
# The address and the directory come from the command line (`--socket-addr`, `--directory-path`).
using Workerd = import "/workerd/workerd.capnp";

const hello :Workerd.Config = (
  services = [(name = "hello", worker = .helloWorker)],
  sockets = [(name = "http", http = (), service = "hello")],
);

const counter :Workerd.Config = (
  services = [
    (name = "counter", worker = .counterWorker),
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "counter")],
);

const sqlInsert :Workerd.Config = (
  services = [
    (name = "sql-insert", worker = .sqlInsertWorker),
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "sql-insert")],
);

const rpc :Workerd.Config = (
  services = [
    (name = "rpc", worker = .rpcWorker),
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "rpc")],
);

const sockets :Workerd.Config = (
  services = [
    (name = "sockets", worker = .socketsWorker),
    (name = "data", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "sockets")],
);

const helloWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "../workers/hello/worker.js")],
  compatibilityDate = "2026-04-01",
);

const counterWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "../workers/counter/worker.js")],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [
    (className = "Counter", uniqueKey = "bench-counter", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "COUNTER", durableObjectNamespace = "Counter")],
);

const sqlInsertWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "../workers/sql-insert/worker.js")],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [
    (className = "Journal", uniqueKey = "bench-journal", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "JOURNAL", durableObjectNamespace = "Journal")],
);

const rpcWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "../workers/rpc/worker.js")],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [
    (className = "Counter", uniqueKey = "bench-rpc", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "COUNTER", durableObjectNamespace = "Counter")],
);

const socketsWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "../workers/sockets/worker.js")],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [
    (className = "Echo", uniqueKey = "bench-echo", enableSql = true),
    (className = "Room", uniqueKey = "bench-room", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [
    (name = "ECHO", durableObjectNamespace = "Echo"),
    (name = "ROOM", durableObjectNamespace = "Room"),
  ],
);
