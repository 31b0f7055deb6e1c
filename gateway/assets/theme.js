// Runs before the first paint: the theme a person picked, or none, which means the system's.
{
  const picked = localStorage.getItem('theme');
  if (picked === 'light' || picked === 'dark') document.documentElement.dataset.theme = picked;
}
