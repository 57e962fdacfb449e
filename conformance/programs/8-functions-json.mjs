/*
spec: 8.5 functions, must-test
covers: The JSON functions and operators are callable
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const expressions = [
      "json(' {\"a\" : 1} ')",
      "hex(jsonb('[1]'))",
      "json_array(1, 'a', null, 1.5, x'00')",
      "json_array(1, 'a', null, json('[2]'))",
      "json(jsonb_array(1, 2))",
      "json_array_length('[1, 2, 3]')",
      "json_array_length('{\"a\": [1]}', '$.a')",
      'json_extract(\'{"a": {"b": [1, "x"]}}\', \'$.a.b[1]\')',
      "json_extract('[1, 2]', '$[0]', '$[1]')",
      "json_extract('[1, 2, 3]', '$[#-1]')",
      "json(jsonb_extract('[[1]]', '$[0]'))",
      "'{\"a\": \"x\"}' -> 'a'",
      "'{\"a\": \"x\"}' ->> 'a'",
      "'[10, 20]' ->> 1",
      "'[10, 20]' ->> -1",
      "'{\"a\": [1]}' -> '$.a'",
      "json_insert('[1]', '$[#]', 2)",
      "json(jsonb_insert('[1]', '$[#]', 2))",
      "json_object('a', 1, 'b', json('true'))",
      "json(jsonb_object('a', 1))",
      'json_patch(\'{"a": 1, "b": 2}\', \'{"a": null, "c": 3}\')',
      "json(jsonb_patch('{}', '{\"a\": 1}'))",
      "json_remove('[1, 2, 3]', '$[1]')",
      "json(jsonb_remove('{\"a\": 1}', '$.a'))",
      "json_replace('{\"a\": 1}', '$.a', 2, '$.b', 3)",
      "json(jsonb_replace('{\"a\": 1}', '$.a', 2))",
      "json_set('{\"a\": 1}', '$.a', 2, '$.b', 3)",
      "json(jsonb_set('{\"a\": 1}', '$.b', json('[]')))",
      "json_type('[1, \"x\", null, true, 1.5, {}]', '$[5]')",
      "json_type('null')",
      "json_valid('{')",
      "json_valid('{a: 1}')",
      "json_valid('{a: 1}', 2)",
      "json_valid(jsonb('[]'), 8)",
      "json_quote('it''s \"x\"')",
      "json_quote(1.5)",
      "json_quote(json('[1]'))",
      "json_group_array(value) from json_each('[3, 1, 2]')",
      "json(jsonb_group_array(value)) from json_each('[3, 1]')",
      'json_group_object(key, value) from json_each(\'{"a": 1, "b": 2}\')',
      "json(jsonb_group_object(key, value)) from json_each('{\"a\": 1}')",
      'group_concat(fullkey) from json_each(\'{"a": 1, "b c": [2]}\')',
      "group_concat(fullkey || '=' || type) from json_tree('{\"a\": {\"b\": [1, null]}}')",
      "atom from json_tree('[1, [2]]') where atom is not null",
      "json('{a: ''x'', b: +1, c: .5, d: 0x10, /* y */}')",
      'json(\'{"a": 1, "a": 2}\')',
      "json_extract('{\"a\": 9007199254740993}', '$.a')",
      "json_extract('[true, false, null]', '$[0]')",
      "json('nope')",
      "json_extract('[]', 'a')",
      "json_object('a')",
      "json_array_length('x')",
      "json('\"\\\\u00e9\\\\ud83d\\\\ude00\"') ->> '$'",
      "json_extract('{\"a.b\": 1}', '$.\"a.b\"')",
      "json_array(x'00')",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
