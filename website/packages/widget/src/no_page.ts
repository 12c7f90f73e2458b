/** Stands for what a page has and other places do not: the build of the headless module takes these for the globals of their names. */

const nothing = (): void => undefined;
const globals = globalThis as {
  addEventListener?: Window["addEventListener"];
  removeEventListener?: Window["removeEventListener"];
  navigator?: { onLine?: boolean };
  document?: Document;
};

/** Without a page nothing says that the network is gone, or back. */
export const addEventListener = globals.addEventListener?.bind(globalThis) ?? nothing;
export const removeEventListener = globals.removeEventListener?.bind(globalThis) ?? nothing;

export const navigator = {
  get onLine(): boolean {
    // Node's has no such word.
    return globals.navigator?.onLine ?? true;
  },
};

export const document = {
  /** Nobody sees what arrives, so that nothing is gathered before it is shown. */
  get hidden(): boolean {
    return globals.document?.hidden ?? true;
  },
};
