// Traits of web shells in Perl, Python, Ruby and shell CGI. Own rules; see php.yar for the meaning of weight.

rule perl_runs_request_command {
  meta: weight = 100
  strings:
    $head = /^#![^\n]{0,60}perl/
    $request = /\bparam\s*\(\s*['"]?\w{1,30}['"]?\s*\)|\$ENV\{\s*['"]?QUERY_STRING['"]?\s*\}|\bread\s*\(?\s*STDIN\b|<STDIN>|\$FORM\{|\$in\{/
    $direct = /\b(system|exec|eval)\s*\(?\s*["']?\s*(\$\w*->)?\s*(param\s*\(|\$(q|cgi|query)->param|\$FORM\{|\$in\{)/
    $value = /\b(system|exec|eval)\s*\(?\s*["']?\$\{?(cmd|command|c|exec|run|shell|code|x|query|in|input|line)\b/ nocase
    $quoted = /`[^`\n]{0,40}\$\{?(cmd|command|c|exec|run|shell|x|query|in|input|FORM|line)\b[^`\n]{0,60}`|qx\s*[\{\(\/|!][^\n]{0,40}\$/ nocase
    $open = /\bopen\s*\(?\s*\w{1,20}\s*,\s*["'][^"'\n]{0,60}\$\{?(cmd|command|FORM|in|query|x|c)\b[^"'\n]{0,40}\|\s*["']/ nocase
    $http = /Content-type:|use\s+CGI|header\s*\(/ nocase
  condition: $head at 0 and $request and $http and any of ($direct, $value, $quoted, $open) and filesize < 100KB
}

rule python_runs_request_command {
  meta: weight = 100
  strings:
    $head = /^#![^\n]{0,60}python/
    $framework = /\bfrom\s+flask\b|\bimport\s+(cgi|flask|bottle|web)\b|wsgi|BaseHTTPRequestHandler|\bQUERY_STRING\b/
    $request = /FieldStorage\s*\(|\.getvalue\s*\(|\.getfirst\s*\(|request\.(args|form|values|GET|POST|query|headers|get_data|data|cookies)|parse_qs\s*\(|QUERY_STRING/
    $direct = /\b(os\.(system|popen)|subprocess\.(Popen|check_output|getoutput|getstatusoutput|call|run)|commands\.getoutput|exec|eval|pty\.spawn)\s*\(\s*[^\n]{0,60}(getvalue|getfirst|request\.|form\[|FieldStorage|parse_qs|environ)/
    $value = /\b(os\.(system|popen)|subprocess\.(Popen|check_output|getoutput|getstatusoutput|call|run)|commands\.getoutput|exec|eval)\s*\(\s*(cmd|command|c|code|x|payload|shell|q|params?)\b/
  condition: ($head at 0 or $framework) and $request and ($direct or $value) and filesize < 20KB
}

rule ruby_runs_request_command {
  meta: weight = 100
  strings:
    $request = /\b(cgi|params|request\.params)\s*\[\s*['":]\w{1,20}['"]?\s*\]|ENV\[\s*['"]QUERY_STRING['"]\s*\]/
    $run = /(`[^`\n]{0,30}#\{[^}\n]{0,40}(cgi|params|cmd|QUERY_STRING)[^`\n]{0,40}`|\b(system|exec|eval|IO\.popen|Open3\.\w{3,10})\s*\(?\s*(cgi|params|cmd|request\.params)\b)/
    $http = /require\s+['"](cgi|sinatra|webrick)['"]|Content-type/ nocase
  condition: all of them and filesize < 100KB
}

rule sh_runs_request_command {
  meta: weight = 100
  strings:
    $head = /^#![^\n]{0,40}\b(ba|da|z|k)?sh\b/
    $http = /Content-type:/ nocase
    $run = /(\beval\b|\bsh\s+-c|\bbash\s+-c)\s+[^\n]{0,80}\$\{?(QUERY_STRING|cmd|c|q|REPLY|line|HTTP_\w+|body|POST\w*|command|input|x)\b/ nocase
    $direct = /^\s*(\$\{?QUERY_STRING\b|\$\(\s*(echo|printf)[^\n]{0,60}QUERY_STRING[^\n]{0,60}\)\s*$)/
  condition: $head at 0 and $http and ($run or $direct) and filesize < 50KB
}

rule script_back_connection {
  meta: weight = 100
  strings:
    $head = /^#!/
    $py = /socket\.socket\s*\([^\n]{0,80}\)[\s\S]{0,200}\.connect\s*\([\s\S]{0,200}os\.dup2\s*\(/
    $pl = /use\s+(IO::)?Socket[\s\S]{0,600}(connect|IO::Socket::INET->new)\s*\(?[\s\S]{0,300}open\s*\(?\s*STD(IN|OUT)\s*,\s*["'][<>]&/i
    $sh = /(bash|sh)\s+-i\s+[>&\d]{1,4}\s*\/dev\/tcp\//
  condition: ($py or $pl or $sh) and ($head at 0 or filesize < 20KB)
}
