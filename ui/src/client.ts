const KEY = "tailpty.client";

/**
 * The random name of this tab, under which its input is numbered. It is taken
 * out of the tab's storage while the page lives: a duplicated tab, which
 * inherits the storage, finds none and makes its own.
 */
export function claimClient(storage: Storage, page: EventTarget): string {
  const name = storage.getItem(KEY) ?? crypto.randomUUID();
  storage.removeItem(KEY);
  page.addEventListener("pagehide", () => storage.setItem(KEY, name));
  page.addEventListener("pageshow", () => storage.removeItem(KEY));
  return name;
}
