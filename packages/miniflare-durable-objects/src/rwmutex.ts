export { ReadWriteMutex } from "steadfast/backed";
