/** Where a page connects to, as its address says. */
export const gateway = new URLSearchParams(location.search).get("gateway");

export const show = (text) => (document.body.dataset.heard = text);
