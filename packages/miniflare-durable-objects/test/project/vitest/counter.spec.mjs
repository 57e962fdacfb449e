import { beforeEach, expect, test } from "vitest";
import cases from "../cases.cjs";

const describe = setupMiniflareIsolatedStorage();

describe("in Vitest", () => cases({ test, beforeEach, expect }));
