import { expect, test } from "vitest";
import { Store } from "../../src/storage.js";
import { openTurn, type Turn } from "../../src/turn.js";

class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();
  [name: string]: unknown;
  get length(): number {
    return this.#items.size;
  }
  clear = (): void => this.#items.clear();
  key = (index: number): string | null => [...this.#items.keys()][index] ?? null;
  getItem = (key: string): string | null => this.#items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#items.set(key, value);
  removeItem = (key: string): void => void this.#items.delete(key);
}

function inMemory(): () => Storage {
  const storage = new MemoryStorage();
  return () => storage;
}

const turn: Turn = { ...openTurn("why?", "1.0", "1.0"), state: "done", text: "so" };

test("a conversation comes back for the same site and version only", () => {
  const storage = new MemoryStorage();
  new Store(() => storage, "a").save("1.0", { session: "t", turns: [turn] });
  expect(new Store(() => storage, "a").load("1.0")).toMatchObject({ session: "t", turns: [turn] });
  expect(new Store(() => storage, "a").load("2.0").turns).toEqual([]);
  expect(new Store(() => storage, "b").load("1.0").turns).toEqual([]);
});

test("an answer that was being given is kept as it stands, to be resumed", () => {
  const store = new Store(inMemory(), "a");
  store.save("", { session: "t", turns: [{ ...turn, state: "streaming", heard: 7 }] });
  expect(store.load("").turns[0]).toMatchObject({ state: "streaming", heard: 7 });
});

test("a conversation that began on the home page goes along into a version", () => {
  const store = new Store(inMemory(), "a");
  store.save(store.scope(""), { session: "t", turns: [turn] });
  expect(store.load(store.scope("1.0")).session).toBe("t");
  expect(store.load(store.scope("2.0")).session).toBe("");
});

test("a page of no version shows the last conversation", () => {
  const store = new Store(inMemory(), "a");
  store.save(store.scope("1.0"), { session: "t", turns: [turn] });
  expect(store.scope("")).toBe("1.0");
});

test("only the last twenty turns are kept", () => {
  const store = new Store(inMemory(), "a");
  store.save("", { session: "", turns: Array<Turn>(30).fill(turn) });
  expect(store.load("").turns).toHaveLength(20);
});

test("full, forbidden or spoilt storage loses nothing but the memory", () => {
  const storage = new MemoryStorage();
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const store = new Store(() => storage, "a");
  expect(() => store.save("", { session: "", turns: [turn] })).not.toThrow();
  storage.getItem = () => "{not json";
  expect(store.load("").turns).toEqual([]);
  expect(new Store(() => undefined, "a").load("").turns).toEqual([]);
});
