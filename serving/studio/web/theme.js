// Sets the chosen theme before the first paint. A classic script, because modules
// run too late for that. Without a choice the theme of the system holds.
try {
  const theme = JSON.parse(localStorage.getItem("atelier.theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the theme of the system holds.
}
