// Runs before the first paint, so that a dark console never flashes white. A file, because the policy forbids inline code.
(function () {
  var stored = localStorage.getItem('penstock-color-scheme');
  var dark =
    stored === 'dark' ||
    (stored !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
})();
