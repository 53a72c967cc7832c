; What the installer does besides copying files: sifaka:// links, and the command on everybody's PATH. The installer is for
; all users (electron-builder.yml), so both are the machine's.
!include "WinMessages.nsh"

!macro sifakaCommandPath ACTION
  ; NSIS cuts strings at 1024 characters, which a PATH can be longer than: PowerShell edits it.
  nsExec::ExecToLog '"$SYSDIR\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$INSTDIR\resources\cli\path.ps1" -Action ${ACTION}'
  Pop $0
  DetailPrint "PATH (${ACTION}): $0"
  SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=5000
!macroend

!macro customInstall
  WriteRegStr HKLM "Software\Classes\sifaka" "" "URL:Sifaka link"
  WriteRegStr HKLM "Software\Classes\sifaka" "URL Protocol" ""
  ; What stands after -- is no option, neither of Chromium nor of the app: a link comes from anywhere.
  WriteRegStr HKLM "Software\Classes\sifaka\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" -- "%1"'
  !insertmacro sifakaCommandPath Add
!macroend

!macro customUnInstall
  DeleteRegKey HKLM "Software\Classes\sifaka"
  !insertmacro sifakaCommandPath Remove
!macroend
