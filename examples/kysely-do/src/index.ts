import { DurableObject } from "cloudflare:workers";
import { type Generated, Kysely } from "kysely";
import { DODialect } from "kysely-do";

interface Database {
  authors: { id: Generated<number>; name: string };
  books: { id: Generated<number>; title: string; author_id: number };
}

interface Env {
  LIBRARY: DurableObjectNamespace<Library>;
}

/** Books and who wrote them, in the SQL database of an object. */
export class Library extends DurableObject<Env> {
  readonly #db: Kysely<Database>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = new Kysely<Database>({ dialect: new DODialect({ ctx }) });
    void ctx.blockConcurrencyWhile(() => this.#createTables());
  }

  async #createTables(): Promise<void> {
    await this.#db.schema
      .createTable("authors")
      .ifNotExists()
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull().unique())
      .execute();
    await this.#db.schema
      .createTable("books")
      .ifNotExists()
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("author_id", "integer", (column) => column.references("authors.id").notNull())
      .execute();
  }

  /** Adds a book, and its author if need be; the book's number. */
  async add(title: string, author: string): Promise<number> {
    await this.#db
      .insertInto("authors")
      .values({ name: author })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const { id: author_id } = await this.#db
      .selectFrom("authors")
      .select("id")
      .where("name", "=", author)
      .executeTakeFirstOrThrow();
    const { id } = await this.#db
      .insertInto("books")
      .values({ title, author_id })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Titles and authors, of one author if one is given. */
  async list(author: string | null): Promise<{ title: string; name: string }[]> {
    let query = this.#db
      .selectFrom("books")
      .innerJoin("authors", "authors.id", "books.author_id")
      .select(["title", "name"])
      .orderBy("title");
    if (author !== null) query = query.where("name", "=", author);
    return query.execute();
  }

  /** Gives a book another title; whether there is such a book. */
  async rename(id: number, title: string): Promise<boolean> {
    const query = this.#db.updateTable("books").set({ title }).where("id", "=", id);
    return (await query.executeTakeFirst()).numUpdatedRows > 0n;
  }

  /** How many books each author has. */
  async counts(): Promise<Record<string, number>> {
    const rows = await this.#db
      .selectFrom("authors")
      .leftJoin("books", "books.author_id", "authors.id")
      .select(({ fn }) => ["name", fn.count<number>("books.id").as("books")])
      .groupBy("name")
      .execute();
    return Object.fromEntries(rows.map(({ name, books }) => [name, books]));
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const library = env.LIBRARY.getByName("town");
    if (pathname === "/counts") return Response.json(await library.counts());
    const [, id] = /^\/books(?:\/(\d+))?$/.exec(pathname) ?? [];
    if (request.method === "PUT" && id !== undefined) {
      const there = await library.rename(Number(id), await request.text());
      return new Response(null, { status: there ? 204 : 404 });
    }
    if (request.method === "POST") {
      const { title, author } = await request.json<{ title: string; author: string }>();
      return Response.json({ id: await library.add(title, author) }, { status: 201 });
    }
    return Response.json(await library.list(searchParams.get("author")));
  },
} satisfies ExportedHandler<Env>;
