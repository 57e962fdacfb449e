// Writes to a storage that stands alone on a disk, and tells what was acknowledged. Is killed.
import { DiskStorage } from "@steadfast/storage";
import { DurableObjectStorage } from "../dist/index.js";

const storage = new DurableObjectStorage(new DiskStorage(process.argv[2]).object("room"));
storage.sql.exec("CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY)");
const { n: last } = storage.sql.exec("SELECT max(n) AS n FROM t").one();

for (let n = last === null ? 0 : last + 1; ; n++) {
  if (n % 2 === 0) {
    // One turn is one commit.
    storage.kv.put("kv", n);
    storage.put("in a transaction", n);
    storage.put("by the storage", n);
    storage.setAlarm(4_000_000_000_000 + n);
    storage.sql.exec("INSERT INTO t VALUES (?)", n);
    await storage.put("put", n);
  } else {
    await storage.transaction(async (txn) => {
      await txn.put("in a transaction", n);
      await storage.put("by the storage", n);
      await txn.setAlarm(4_000_000_000_000 + n);
      storage.kv.put("kv", n);
      await new Promise((resolve) => setImmediate(resolve));
      if (n % 4 === 1) storage.sql.exec("INSERT INTO t VALUES (?)", n);
      await storage.put("put", n);
      if (n % 4 === 3)
        storage.transactionSync(() => storage.sql.exec("INSERT INTO t VALUES (?)", n));
    });
  }
  process.stdout.write(`${n}.\n`);
}
