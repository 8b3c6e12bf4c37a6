// Windows that pages are looked at in.

export const LOOKS = {
  light: { viewport: { width: 1280, height: 860 }, colorScheme: "light" },
  dark: { viewport: { width: 1680, height: 1000 }, colorScheme: "dark" },
  phone: { viewport: { width: 375, height: 740 }, colorScheme: "light", hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

/** Whether the page or its content has to be scrolled sideways. */
export const isTooWide = (page) =>
  page.evaluate(() => {
    const main = document.querySelector("main");
    return [document.documentElement, main, ...document.querySelectorAll("dialog")].some((one) => one.scrollWidth > one.clientWidth + 1);
  });
