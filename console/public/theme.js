// Runs before the first paint, so that the chosen theme never flashes.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('vedette.theme');
    if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
    var language = localStorage.getItem('vedette.language');
    if (language === 'vi' || language === 'en') root.lang = language;
  } catch (_) {
    // Storage may be switched off; the system's theme is used then.
  }
})();
