// Traits of web shells in JSP, ASP and ASP.NET. Own rules; see php.yar for the meaning of weight.

rule jsp_runs_request_command {
  meta: weight = 100
  strings:
    $tag = /<%|<jsp:|<\?xml/
    $run = /(Runtime\s*\.\s*getRuntime\s*\(\s*\)\s*\.\s*exec\s*\(|getRuntime|new\s+ProcessBuilder\s*\(|ProcessImpl|UNIXProcess)/
    $request = /\brequest\s*\.\s*(getParameter|getHeader|getInputStream|getReader|getQueryString|getCookies|getParameterValues)\s*\(|\$\{\s*param\b|pageContext\.request/
    $exec = /\.\s*exec\s*\(|\.\s*start\s*\(|"exec"|\bexec\b/
  condition: $tag and $run and $request and $exec and filesize < 200KB
}

rule jsp_loads_request_class {
  meta: weight = 100
  strings:
    $tag = /<%|<jsp:/
    $load = /\bdefineClass\b|URLClassLoader|BCEL|extends\s+ClassLoader/
    $request = /\brequest\s*\.\s*(getParameter|getReader|getHeader|getInputStream)\s*\(/
    $make = /newInstance|\.equals\s*\(\s*(pageContext|request)|getMethod\s*\(/
  condition: all of them and filesize < 200KB
}

rule jsp_reflects_runtime {
  meta: weight = 100
  strings:
    $tag = /<%|<jsp:/
    $name = /Class\s*\.\s*forName\s*\(/
    $runtime = /java\.lang\.(Runtime|ProcessBuilder)|"getRuntime"|"Runt"|"exec"|"ex"\s*\+\s*"ec"|new\s+String\s*\(\s*new\s+byte|Base64|\\u00/
    $invoke = /\.\s*invoke\s*\(/
    $request = /\brequest\s*\.\s*(getParameter|getHeader)\s*\(/
  condition: all of them and filesize < 200KB
}

rule jsp_scripts_request {
  meta: weight = 100
  strings:
    $tag = /<%|<jsp:|\$\{/
    $engine = /ScriptEngineManager|getEngineByName|ELProcessor|SpelExpressionParser|GroovyShell/
    $run = /\.\s*(eval|parseExpression|evaluate|getValue)\s*\(/
    $request = /\brequest\s*\.\s*getParameter\s*\(|\bparam\s*[\.\[]/
  condition: all of them and filesize < 200KB
}

rule jsp_writes_request_file {
  meta: weight = 100
  strings:
    $tag = /<%/
    $write = /new\s+(java\.io\.)?(FileOutputStream|FileWriter|RandomAccessFile|PrintWriter)\s*\(\s*[^;]{0,120}request\s*\.\s*getParameter\s*\(/
    $carried = /\.\s*write\s*\(\s*[^;]{0,80}request\s*\.\s*getParameter\s*\(/
  condition: $tag and $write and $carried and filesize < 50KB
}

rule asp_runs_request_code {
  meta: weight = 100
  strings:
    $a = /\b(eval|execute|executeglobal|ExecuteStatement)\s*\(?\s*\(?\s*[^\r\n]{0,40}\brequest\b\s*(\.\s*(item|form|querystring|cookies|params))?\s*[\(\[]/ nocase
    $b = /<script\s[^>]{0,80}runat\s*=\s*["']?server[^>]{0,80}>[^<]{0,200}\beval\s*\(\s*Request/ nocase
    $tag = /<%|<script\s/ nocase
  condition: $tag and ($a or $b) and filesize < 200KB
}

rule asp_runs_request_command {
  meta: weight = 100
  strings:
    $tag = "<%"
    $shell = /(WScript\.Shell|Shell\.Application|wscript"?\s*&\s*"?\.shell|72C24DD5-D70A-438B-8A42-98424B88AFB8|093FF999-1EA0-4079-9525-9614C3504B74)/ nocase
    $run = /\.\s*(exec|run|ShellExecute)\s*\(?/ nocase
    $request = /\brequest\s*(\.\s*(form|querystring|item))?\s*\(/ nocase
  condition: all of them and filesize < 200KB
}

rule aspx_starts_request_process {
  meta: weight = 100
  strings:
    $tag = /<%|runat\s*=\s*["']?server|IHttpHandler/ nocase
    $start = /(ProcessStartInfo|Process\s*\.\s*Start\s*\(|new\s+Process\s*\(|System\.Diagnostics\.Process)/
    $request = /\bRequest\s*(\.\s*(Form|QueryString|Params|Headers|Item|Cookies))?\s*\[|\bRequest\s*\(|\.Text\b|Request\.(InputStream|BinaryRead)|txt\w{2,20}\.Text/
    $shell = /cmd(\.exe)?\b|powershell|\/c\b|FileName|Arguments|\/bin\/(ba)?sh/ nocase
  condition: all of them and filesize < 200KB
}

rule aspx_loads_request_assembly {
  meta: weight = 100
  strings:
    $tag = /<%|IHttpHandler/
    $load = /Assembly\s*\.\s*Load\s*\(|\.\s*CreateInstance\s*\(|CSharpCodeProvider|CompileAssemblyFromSource|JScriptCodeProvider|Microsoft\.JScript/
    $request = /\bRequest\s*(\.\s*(Form|QueryString|Params|Item|Headers|Cookies))?\s*\[|Request\s*\.\s*BinaryRead|Request\s*\.\s*InputStream|Context\s*\.\s*Request/
    $bytes = /FromBase64String|BinaryRead|TransformFinalBlock|GetBytes|CompileAssemblyFromSource|RijndaelManaged|Request\s*\.\s*InputStream/
  condition: all of them and filesize < 200KB
}

rule aspx_writes_request_file {
  meta: weight = 100
  strings:
    $tag = "<%"
    $write = /File\s*\.\s*(WriteAllText|WriteAllBytes|AppendAllText)\s*\(\s*[^;\n]{0,120}Request\s*[\.\[]/
    $request = /(FromBase64String\s*\(\s*)?Request\s*(\.\s*(Form|QueryString|Params|Item))?\s*\[[^\]]{1,40}\]\s*\)+\s*;/
  condition: all of them and filesize < 50KB
}

rule cfm_runs_request_command {
  meta: weight = 100
  strings: $a = /<cfexecute\b[^>]{0,200}#\s*(form|url)\s*[\.\[]/ nocase
  condition: $a
}
