// The colours: as the system, light or dark. Runs before the page is drawn, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const names = { auto: "Auto", light: "Light", dark: "Dark" };
  const spoken = { auto: "as the system", light: "light", dark: "dark" };
  const order = Object.keys(names);
  let now = "auto";
  try {
    now = localStorage.getItem("keydesk-theme") || "auto";
  } catch { /* storage is off: the system decides */ }

  const show = () => {
    if (!names[now]) now = "auto";
    if (now === "auto") delete root.dataset.theme;
    else root.dataset.theme = now;
    const button = document.getElementById("theme");
    if (!button) return;
    button.querySelector(".bar-text").textContent = names[now];
    button.setAttribute("aria-label", `Colours: ${spoken[now]}`);
    button.title = `Colours: ${spoken[now]}`;
  };
  show();
  addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme")?.addEventListener("click", () => {
      now = order[(order.indexOf(now) + 1) % order.length];
      try {
        localStorage.setItem("keydesk-theme", now);
      } catch { /* only this page then */ }
      show();
    });
  });
})();
