/** The chat: loaded when somebody is about to use it. */

import { Client } from "./client.js";
import { Composer } from "./composer.js";
import { announce, type Host, type Panel } from "./contract.js";
import { Conversation, type Circumstances } from "./conversation.js";
import { Follower } from "./follower.js";
import type * as Layouts from "./layouts.js";
import { loadExtras, prefetchExtras } from "./lazy.js";
import { arrive, follow } from "./navigation.js";
import { headerHeight, Presence } from "./presence.js";
import { currentPage, mayStore, mayTell, needsConsent, readSettings, type Settings } from "./settings.js";
import { createShell, type Shell } from "./shell.js";
import { erase, Store } from "./storage.js";
import { languageOf, loadStrings, type Strings } from "./strings/index.js";
import { adoptSheet, adoptStyles } from "./styles.js";
import { Thread } from "./thread.js";
import type { Turn } from "./turn.js";
import type { View } from "./view.js";
import { Voice } from "./voice.js";

export async function mount(host: Host, launcher: HTMLElement): Promise<Panel> {
  const root = launcher.getRootNode() as ShadowRoot;
  adoptStyles(root);
  const shortcut = host.getAttribute("shortcut") ?? "mod+i";
  launcher.setAttribute("aria-keyshortcuts", shortcut === "none" ? "" : shortcut.replace("mod", "control"));
  let panel = new ChatPanel(host, launcher, ...(await prepare(host)));
  let gone = false;

  /** With other words, for another site or another reader, the panel is made anew; the conversation is in the store. */
  async function remount(): Promise<void> {
    const [settings, strings, layouts] = await prepare(host);
    if (gone || lasting(settings) === lasting(panel.settings)) {
      return; // Hosts repeat themselves.
    }
    const wasOpen = panel.isOpen;
    const isNobodys = !panel.settings.owner;
    const last = panel.destroy();
    panel = new ChatPanel(host, launcher, settings, strings, layouts);
    if (wasOpen || settings.layout === "inline") {
      panel.open({ restored: true });
    }
    if (isNobodys && settings.owner && last && /waiting|failed/.test(last.state)) {
      void panel.ask(last.question); // Its reader had to sign in first, and has.
    }
  }

  return {
    get isOpen() {
      return panel.isOpen;
    },
    open: (options) => panel.open(options),
    close: () => panel.close(),
    ask: (question) => panel.ask(question),
    clear: () => panel.clear(),
    refresh: (name) => {
      panel.nameLauncher();
      name.startsWith("version") ? panel.move() : name === "consent" ? panel.remember() : void remount();
    },
    destroy: () => {
      gone = true;
      panel.destroy();
    },
  };
}

/** What the host says, with the words for it. While these are fetched it may say something else. */
async function prepare(host: Host): Promise<[Settings, Strings, typeof Layouts | undefined]> {
  for (;;) {
    const { user } = host;
    const { locale, layout, strings: overrides } = readSettings(host);
    const strings = await loadStrings(locale, overrides);
    const layouts = layout === "floating" ? undefined : await import("./layouts.js");
    const settings = readSettings(host, user ? (await import("./owner.js")).ownerOf(user) : "");
    if (settings.locale === locale && settings.layout === layout && host.user === user) {
      return [settings, strings, layouts];
    }
  }
}

/** The settings but for those that a panel follows as they change. */
function lasting(settings: Settings): string {
  return JSON.stringify({ ...settings, version: "", versionLabel: "" });
}

class ChatPanel {
  readonly #root: ShadowRoot;
  readonly #store: Store;
  readonly #conversation: Conversation;
  readonly #voice: Voice;
  readonly #composer: Composer;
  readonly #shell: Shell;
  readonly #presence: Presence;
  readonly #dock: Layouts.Dock | undefined;
  readonly #follower: Follower;
  /** Its signal, as an option of listeners, takes them away with the panel. */
  readonly #end = new AbortController();
  /** Something is selected on the page: the extras offer to ask about it, and know when it is no more. */
  readonly #select = (): void => {
    if (this.settings.mayQuote && (this.#hasOffered ||= !getSelection()!.isCollapsed)) {
      void loadExtras(this.#view).then(({ offerExcerpt }) => offerExcerpt(this.#view, () => this.open()), () => undefined);
    }
  };
  #hasOffered = false;
  readonly #thread: Thread;
  readonly #view: View;

  constructor(
    private readonly host: Host,
    private readonly launcher: HTMLElement,
    readonly settings: Settings,
    private readonly strings: Strings,
    layouts: typeof Layouts | undefined,
  ) {
    this.#root = launcher.getRootNode() as ShadowRoot;
    this.#store = new Store(() => (mayStore(host) ? sessionStorage : undefined), settings.siteKey, settings.owner);
    this.#conversation = new Conversation(
      new Client(settings.api, settings.siteKey, host, async (...refused) =>
        (await loadExtras(this.#view)).renew(this.#view, ...refused),
      ),
      this.#store,
      () => this.#circumstances(),
      (index) => this.#thread.change(index),
      () => loadExtras(this.#view),
    );
    this.#voice = new Voice(() => this.#view);
    this.#composer = new Composer(strings, settings.maxLength, {
      send: (question) => this.#start(question) !== undefined,
      stop: () => this.#conversation.stop(),
    });
    const ask = (question: string): void => void this.ask(question);
    const actions = {
      ask,
      close: () => this.close(),
      clear: () => this.#clear(),
      forget: (button: HTMLElement) => void this.#forget(button),
      toEnd: () => this.#follower.follow(Infinity),
      expand: () => void this.#expand(),
    };
    this.#shell = createShell(settings, strings, actions, this.#composer.element, this.#voice.element);
    const language = languageOf(settings.locale);
    this.#shell.dialog.lang = language;
    this.#shell.dialog.dir = language === "ar" ? "rtl" : "ltr";
    if (layouts) {
      adoptSheet(this.#root, layouts.css);
    }
    this.#dock =
      settings.layout === "docked"
        ? new layouts!.Dock(this.#shell.dialog, settings.siteKey, strings, { headerHeight, mayStore: () => mayStore(host) })
        : undefined;
    this.#presence = new Presence(
      this.#shell.dialog,
      launcher,
      this.#isInline,
      () => this.close(),
      () => this.#dock?.change(this.isOpen && !this.#presence.isModal),
    );
    this.#follower = new Follower(this.#shell.log, this.#shell.turns, (atEnd) => this.#shell.showLatest(!atEnd));
    this.#shell.showLatest(false);
    this.#shell.dialog.addEventListener("keydown", (event) => this.#press(event));
    this.#shell.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#escape();
    });
    this.#view = {
      strings,
      root: this.#root,
      conversation: this.#conversation,
      store: this.#store,
      owner: settings.owner,
      signal: this.#end.signal,
      cited: new WeakMap(),
      ask,
      retry: (turn, question) => void this.#retry(turn, question),
      say: (text) => this.#voice.say(text),
      follow: (event, url, quote) => this.#follow(event, url, quote),
    };
    this.#thread = this.#createThread();
    launcher.after(this.#shell.dialog);
    addEventListener("pagehide", () => this.remember(), this.#end);
    document.addEventListener("selectionchange", this.#select, this.#end);
    this.#select();
    if (/[?&#]ask/.test(location.href)) {
      prefetchExtras(this.#view); // They open the chat, and put what the link asks into its field.
    }
    this.#thread.change();
    this.move();
  }

  get isOpen(): boolean {
    return this.#presence.isOpen;
  }

  /** The loader knows the button's name in two languages; the others come with the panel. */
  nameLauncher(): void {
    if (!this.settings.title) {
      this.launcher.textContent = this.strings.title;
    }
  }

  get #isInline(): boolean {
    return this.settings.layout === "inline";
  }

  open({ restored = false } = {}): void {
    if (restored) {
      arrive(this.#store);
    }
    if (!this.host.isConnected || (restored && this.#presence.isModal)) {
      return; // The chat has left the page; or on a phone it would cover the page that the reader went to.
    }
    if (!this.isOpen) {
      this.nameLauncher();
      this.#presence.open();
      if (!this.#isInline) {
        this.#store.setOpen(true);
      }
      this.#follower.follow((restored ? this.#store.loadPlace() : undefined) ?? Infinity);
      announce(this.host, "askdocs:open", {});
      prefetchExtras(this.#view);
    }
    if (!restored) {
      if (this.#isInline) {
        this.#shell.dialog.scrollIntoView({ block: "nearest" });
      }
      this.#composer.focus();
    }
  }

  close(stays = false): void {
    if (this.isOpen && !this.#isInline) {
      this.#presence.close(stays);
      this.#store.setOpen(false);
      announce(this.host, "askdocs:close", {});
    }
  }

  async ask(question: string): Promise<boolean> {
    const trimmed = question.trim();
    const answering = trimmed.length <= this.settings.maxLength ? this.#start(trimmed) : undefined;
    if (answering === undefined) {
      this.#composer.fill(trimmed);
      return false;
    }
    await answering;
    return true;
  }

  /** The reader is on another page, of another version perhaps. */
  move(): void {
    const { version, versionLabel } = readSettings(this.host);
    this.#conversation.move(version);
    this.#shell.showVersion(versionLabel);
    void this.#conversation.resume().then((index) => index !== undefined && this.#report(index));
  }

  /** Returns the last turn. */
  destroy(): Turn | undefined {
    const last = this.#conversation.end();
    this.#thread.end();
    this.#follower.disconnect();
    this.#presence.end();
    this.#dock?.end();
    this.#shell.dialog.remove();
    this.#end.abort();
    return last;
  }

  #createThread(): Thread {
    return new Thread(this.#shell.turns, this.#view, {
      follow: (turn) => this.#voice.follow(turn),
      rendered: () => {
        this.#shell.showConversation(this.#conversation.turns.length > 0);
        this.#composer.setBusy(this.#conversation.isBusy);
      },
    });
  }

  /** Begins to ask; undefined when that is not possible now. */
  #start(question: string): Promise<void> | undefined {
    const isPossible = question !== "" && !this.#conversation.isBusy;
    if (!isPossible || (needsConsent(this.host) && !announce(this.host, "askdocs:consent", {}))) {
      return undefined;
    }
    announce(this.host, "askdocs:question", mayTell(this.host) ? { question } : {});
    const index = this.#conversation.turns.length;
    const asking = this.#conversation.ask(question, this.#view.takeExcerpt?.());
    this.#follower.toAnswer();
    return asking.then(() => this.#report(index));
  }

  async #retry(turn: Turn, question?: string): Promise<void> {
    const index = this.#conversation.turns.indexOf(turn);
    this.#composer.focus();
    await this.#conversation.retry(index, question);
    this.#report(index);
  }

  /** Tells the host how an answer ended. */
  #report(index: number): void {
    const turn = this.#conversation.turns[index];
    if (turn?.state === "done") {
      const { messageId, status, mode, confidence } = turn;
      announce(this.host, "askdocs:answer", { messageId, status, mode, confidence });
    } else if (turn?.state === "failed" && turn.failure) {
      announce(this.host, "askdocs:error", { code: turn.failure.code, message: turn.failure.detail });
    }
  }

  /** For answers with wide tables and code; what it looks like is loaded now. */
  async #expand(): Promise<void> {
    try {
      const { css, expand } = await import("./layouts.js");
      adoptSheet(this.#root, css);
      expand(this.#shell.dialog, this.#dock);
    } catch {
      this.#voice.say(this.strings.failures.part);
    }
  }

  #clear(): void {
    this.#conversation.clear();
    this.#composer.focus();
  }

  async #forget(button: HTMLElement): Promise<void> {
    try {
      if (await (await loadExtras(this.#view)).forget(this.#view, button)) {
        this.#composer.focus();
      }
    } catch {
      this.#voice.say(this.strings.failures.feedback);
    }
  }

  #circumstances(): Circumstances {
    const { version, versionLabel, locale } = readSettings(this.host);
    return { asked: { page: currentPage(this.host), version, locale }, versionLabel };
  }

  clear(): void {
    erase(this.settings.siteKey);
    this.#conversation.clear();
    this.remember();
  }

  /** Stores all that there is, as far as that is allowed; where it is not, what was stored goes. */
  remember(): void {
    if (!mayStore(this.host)) {
      erase(this.settings.siteKey);
    }
    this.#store.setOpen(this.isOpen);
    this.#store.savePlace(this.#follower.place);
    this.#conversation.save();
  }

  #press(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      this.#escape();
    }
  }

  #escape(): void {
    this.#conversation.isBusy ? this.#conversation.stop() : this.close();
  }

  #follow(event: MouseEvent, url: string, quote: string): void {
    const modal = this.#presence.isModal;
    const handled = follow(this.host, this.#store, event, url, quote);
    if (modal && handled) {
      this.close(true);
    }
  }
}
