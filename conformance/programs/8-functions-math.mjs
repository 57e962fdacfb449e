/*
spec: 8.5 functions, must-test
covers: The mathematical functions are callable
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const expressions = [
      "acos(1)",
      "acosh(1)",
      "asin(0)",
      "asinh(0)",
      "atan(0)",
      "atan2(0, 1)",
      "atanh(0)",
      "ceil(1.2)",
      "ceil(-1.2)",
      "cos(0)",
      "cosh(0)",
      "degrees(pi())",
      "exp(0)",
      "floor(1.8)",
      "floor(-1.2)",
      "ln(1)",
      "log(100)",
      "log(2, 8)",
      "log2(8)",
      "mod(7, 3)",
      "mod(7.5, 2)",
      "mod(-7, 3)",
      "round(pi(), 10)",
      "pow(2, 10)",
      "round(radians(180), 10)",
      "sin(0)",
      "sinh(0)",
      "sqrt(16)",
      "sqrt(-1)",
      "tan(0)",
      "tanh(0)",
      "trunc(1.9)",
      "trunc(-1.9)",
      "ceil('1.5')",
      "ceil('x')",
      "ceil(null)",
      "typeof(ceil(1))",
      "typeof(ceil(1.5))",
      "typeof(floor(2))",
      "typeof(mod(7, 3))",
      "typeof(pow(2, 2))",
      "pow(0, 0)",
      "pow(-8, 1.0 / 3)",
      "log(0)",
      "log(-1)",
      "ln(0)",
      "acos(2)",
      "atanh(1)",
      "exp(1000)",
      "round(exp(1), 10)",
      "round(sqrt(2), 10)",
      "round(sin(1), 10)",
      "round(log(10, 3), 10)",
      "trunc(x'31')",
      "sin('abc')",
      "sin()",
      "pi(1)",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
