# Puts the folder of the sifaka command, which is this file's, on the PATH of all users, or takes it off again. The installer
# and the uninstaller run it with an administrator's rights.
param(
  [Parameter(Mandatory)] [ValidateSet('Add', 'Remove')] [string] $Action
)
$ErrorActionPreference = 'Stop'

$environment = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($environment, $true)
try {
  # Unexpanded, so that %SystemRoot% and its like stay what they are.
  $unexpanded = [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames
  $path = [string] $key.GetValue('Path', '', $unexpanded)
  if ($path -eq '') { throw 'The PATH could not be read; it is left as it is.' }
  $folders = @($path.Split(';') | Where-Object { $_ -ne '' -and $_.TrimEnd('\') -ne $PSScriptRoot })
  if ($Action -eq 'Add') { $folders += $PSScriptRoot }
  $key.SetValue('Path', ($folders -join ';'), [Microsoft.Win32.RegistryValueKind]::ExpandString)
} finally {
  $key.Dispose()
}
