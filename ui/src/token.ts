// Where a browser keeps the token: for the tab, or on this device when the
// person says so. Never in a URL and never in a cookie.

const KEY = "tailpty.token";

export type Keep = "tab" | "device";

export type Stores = { tab: Storage; device: Storage };

export class TokenStore {
  constructor(private readonly stores: Stores) {}

  get(): string | undefined {
    return this.stores.tab.getItem(KEY) ?? this.stores.device.getItem(KEY) ?? undefined;
  }

  get kept(): Keep | undefined {
    if (this.stores.tab.getItem(KEY) !== null) {
      return "tab";
    }
    return this.stores.device.getItem(KEY) === null ? undefined : "device";
  }

  set(token: string, keep: Keep): void {
    this.clear();
    this.stores[keep].setItem(KEY, token);
  }

  clear(): void {
    this.stores.tab.removeItem(KEY);
    this.stores.device.removeItem(KEY);
  }
}

/** What a person pasted, without what comes along by accident. */
export function tidyToken(text: string): string {
  return text.trim();
}

/** 256 bits in unpadded base64url. */
export function looksLikeToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
