/**
 * `@wharf/client/inspector`: registers `<wharf-inspector>`, which shows what a client does.
 *
 * @packageDocumentation
 */

import { WharfInspector } from "./element.js";

export { WharfInspector };

// A page may have loaded the file from two places; a server that writes pages has no elements.
if (globalThis.customElements && !customElements.get("wharf-inspector")) customElements.define("wharf-inspector", WharfInspector);

declare global {
  interface HTMLElementTagNameMap {
    "wharf-inspector": WharfInspector;
  }
}
