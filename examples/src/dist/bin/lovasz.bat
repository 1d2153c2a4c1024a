@echo off
rem Runs the app with the java of JAVA_HOME, or else of the path. JAVA_OPTS goes to java.
setlocal
for %%I in ("%~dp0..") do set "home=%%~fI"
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
set "OPT_OUT_TRACKING=true"
rem Waiting threads sleep; on Windows the app cannot say so itself.
if not defined OMP_WAIT_POLICY if not defined KMP_BLOCKTIME set "OMP_WAIT_POLICY=passive"
"%java%" -cp "%home%\lib\*;%home%\spark\jars\*" "-Dlovasz.home=%home%" ^
    -Djava.awt.headless=true --add-opens=java.base/sun.nio.ch=ALL-UNNAMED ^
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn ^
    -Dorg.slf4j.simpleLogger.log.ai.djl.util.cuda=error ^
    -Dorg.slf4j.simpleLogger.log.org.apache=off ^
    %JAVA_OPTS% io.github.lovaszdjl.app.command.Lovasz %*
exit /b %ERRORLEVEL%
