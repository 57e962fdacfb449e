/*
spec: 8.5 functions, must-test
covers: The core functions are callable
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const expressions = [
      "abs(-3)",
      "abs('x')",
      "changes()",
      "char(72, 105)",
      "coalesce(null, 2)",
      "concat('a', null, 1)",
      "concat_ws('-', 'a', null, 'b')",
      "format('%d %s %5.2f %x', 5, 'x', 1.5, 255)",
      "glob('a*', 'abc')",
      "hex('abc')",
      "hex(x'00ff')",
      "ifnull(null, 1)",
      "iif(1, 'a', 'b')",
      "iif(0, 'a')",
      "if(1, 'a', 'b')",
      "instr('abc', 'c')",
      "last_insert_rowid()",
      "length('é')",
      "length(x'c3a9')",
      "like('a%', 'ABC')",
      "like('a!%', 'a%', '!')",
      "likelihood(1, 0.5)",
      "likely(1)",
      "lower('ABCÉ')",
      "ltrim('  a ')",
      "ltrim('xxa', 'x')",
      "max(1, 2, 3)",
      "min(1, 2, 3)",
      "max(1, null)",
      "nullif(1, 1)",
      "nullif(1, 2)",
      "octet_length('é')",
      "printf('%05d', 42)",
      "printf('%,d', 1234567)",
      "printf('%q', 'it''s')",
      "quote('it''s')",
      "quote(x'00')",
      "quote(null)",
      "quote(1.5)",
      "typeof(random())",
      "typeof(randomblob(4))",
      "length(randomblob(4))",
      "replace('abcabc', 'b', 'x')",
      "round(1.5)",
      "round(-2.5)",
      "round(1.255, 2)",
      "rtrim('a  ')",
      "sign(-5)",
      "sign('x')",
      "soundex('Robert')",
      "substr('abcdef', 2, 3)",
      "substr('abcdef', -2)",
      "substring('abcdef', 2)",
      "total_changes() >= 0",
      "trim(' a ')",
      "trim('xax', 'x')",
      "typeof(1)",
      "unhex('4142')",
      "unhex('41-42', '-')",
      "unhex('zz')",
      "unicode('A')",
      "unistr('\\\\0041')",
      "unistr_quote('a')",
      "unlikely(0)",
      "upper('abcé')",
      "zeroblob(3)",
      "'a' || 'b'",
      "1 in (1, 2)",
      "'b' between 'a' and 'c'",
      "case 1 when 1 then 'x' else 'y' end",
      "cast('5' as integer)",
      "not 1",
      "null is not distinct from null",
      "'a' like 'A'",
      "'a' glob 'A'",
      "subtype('a')",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
