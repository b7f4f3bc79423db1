// @ts-check
/// <reference lib="dom" />
/**
 * Light or dark: what the system says until the button says otherwise.
 *
 * @module
 */

/**
 * Makes a button change between light and dark.
 *
 * @param {HTMLButtonElement} button
 */
export function startTheme(button) {
  const page = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => page.dataset.theme ? page.dataset.theme === "dark" : system.matches;
  const show = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    page.dataset.theme = dark() ? "light" : "dark";
    show();
  });
  system.addEventListener("change", show);
  button.hidden = false;
  show();
}
