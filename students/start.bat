@echo off
rem Double-click: makes the environment the first time, and opens the start page.
cd /d "%~dp0"
py start.py %*
if errorlevel 1 pause
