/**
 * Gives every style element that is created from now on the nonce of this
 * page's content security policy: xterm.js makes some, and knows no nonce.
 */
export function nonceStyles(page: Document): void {
  const nonce = page.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  if (!nonce) {
    return;
  }
  const create = page.createElement.bind(page);
  const nonced = (tag: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(tag, options);
    if (element instanceof HTMLStyleElement) {
      element.nonce = nonce;
    }
    return element;
  };
  page.createElement = nonced as Document["createElement"];
}
