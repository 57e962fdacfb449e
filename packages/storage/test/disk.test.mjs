// What DiskStorage does beyond the contract: objects, formats, directories, errors.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import v8 from "node:v8";
import { DiskStorage } from "@steadfast/storage";
import { binding } from "../../steadfast/dist/binding.js";
import { bytes, text } from "./contract.mjs";

const ID = "0123456789abcdef".repeat(4);
