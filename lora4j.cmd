@echo off
rem Copyright 2026 the lora4j authors.
rem
rem Licensed under the Apache License, Version 2.0: see the file LICENSE.
rem
rem Runs the lora4j command line from a checkout on Windows; builds it first when it is not built.
rem After a change of the sources, build again with: mvn -Dmaven.test.skip=true -pl lora-cli -am package
setlocal enableextensions
set "ROOT=%~dp0"
set "TARGET=%ROOT%lora-cli\target"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"
"%JAVA%" -version >nul 2>nul
if errorlevel 1 (
    echo lora4j: no java; install a JDK of version 17 or later or set JAVA_HOME 1>&2
    exit /b 1
)
set "REPOSITORY="
if defined LORA4J_MAVEN_REPO set "REPOSITORY=-Dmaven.repo.local=%LORA4J_MAVEN_REPO%"
set "BUILT=yes"
if not exist "%TARGET%\lib" set "BUILT=no"
if not exist "%TARGET%\lora-cli-*.jar" set "BUILT=no"
if "%BUILT%"=="yes" goto run
echo lora4j: building (once; the first time Maven also downloads what it needs, PyTorch included) ... 1>&2
pushd "%ROOT%"
call mvn -q -B -Dmaven.test.skip=true -Dquick -Dmaven.source.skip -Dmaven.javadoc.skip -pl lora-cli -am %REPOSITORY% package 1>&2
set "RESULT=%ERRORLEVEL%"
popd
if not "%RESULT%"=="0" (
    echo lora4j: the build failed; the lines above say why 1>&2
    exit /b 1
)
:run
set "OPT_OUT_TRACKING=true"
set "JAR="
for %%J in ("%TARGET%\lora-cli-*.jar") do (
    echo %%~nJ| findstr /r /c:"-sources$" /c:"-javadoc$" /c:"-tests$" >nul || set "JAR=%%~fJ"
)
"%JAVA%" -Dai.djl.offline=true "-Djdk.http.auth.tunneling.disabledSchemes=" -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 ^
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.logFile=System.err ^
    -cp "%JAR%;%TARGET%\lib\*" org.lora4j.cli.Main %*
exit /b %ERRORLEVEL%
