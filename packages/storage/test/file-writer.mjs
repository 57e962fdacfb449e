// Replaces values without end, for a test that kills it.
import { FileStorage } from "@steadfast/storage";

const storage = new FileStorage(process.argv[2]);
for (let i = 0; ; i++) {
  const value = new Uint8Array(300_000).fill(i);
  const metadata = { writer: "child", i };
  await Promise.all([0, 1, 2, 3].map((key) => storage.put(`key:${key}`, { value, metadata })));
  if (i === 20) process.stdout.write("at work\n");
}
