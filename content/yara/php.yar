// Traits of web shells in PHP. Own rules, written from what such programs must do: take something from the
// request and run it, or unpack something hidden and run it. Each is matched against the file as it is and
// against its plain code (plain_code.h), in which constants are worked out and $_REQUEST stands for whatever
// carries the request.
//
// meta: weight = how far this alone goes towards a web shell; 100 is one. plain = only what runs counts, so only
// plain code is searched: a comment or an article about shells is none.

rule php_runs_request_code {
  meta: weight = 100 plain = true
  strings:
    $direct = /\b(eval|assert|create_function)\s*\(\s*['"]?[^;'"\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $include = /\b(include|require)(_once)?\s*\(?\s*@?\$_(GET|POST|REQUEST|COOKIE)\s*\[/ nocase
    $input = /\b(eval|assert)\s*\(\s*[^;\n]{0,60}(php:\/\/input|getallheaders\s*\(|HTTP_RAW_POST_DATA)/ nocase
  condition: any of them
}

rule php_runs_request_command {
  meta: weight = 100 plain = true
  strings:
    $call = /\b(system|passthru|shell_exec|popen|proc_open|pcntl_exec)\s*\(\s*[^;\n]{0,80}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $exec = /[^>:\w]exec\s*\(\s*[^;\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $safe = /(escapeshellarg|escapeshellcmd|intval)\s*\(/ nocase
  condition: ($call or $exec) and not $safe
}

rule php_calls_request_function {
  meta: weight = 100 plain = true
  strings:
    $named = /\$_(GET|POST|REQUEST|COOKIE)\s*(\[[^\]\n]{1,40}\]\s*){1,2}\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE|SERVER)/
    $carried = /[^\w>:$]\$_REQUEST\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/
    $callback = /\b(call_user_func|call_user_func_array|array_map|array_filter|array_walk|usort|uasort|uksort|register_shutdown_function|preg_replace_callback|ob_start|array_reduce|array_diff_ukey|array_udiff)\s*\(\s*\$_(GET|POST|REQUEST|COOKIE)\b[^;\n]{0,80}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
  condition: any of them
}

rule php_callback_runs_request {
  meta: weight = 100 plain = true
  strings:
    $a = /\b(call_user_func|call_user_func_array|array_map|array_filter|array_walk|usort|uasort|uksort|array_reduce|array_walk_recursive|array_udiff|array_uintersect|array_diff_ukey|register_shutdown_function|register_tick_function|preg_replace_callback|mb_ereg_replace_callback|iterator_apply|forward_static_call|set_error_handler|filter_var)\s*\([^;\n]{0,80}['"](assert|system|passthru|shell_exec|exec|popen|eval|proc_open|create_function)['"]/ nocase
    $request = /\$_(GET|POST|REQUEST|COOKIE)\b/
  condition: all of them
}

rule php_replace_runs_request {
  meta: weight = 100 plain = true
  strings:
    $a = /\b(preg_replace|mb_ereg_replace|preg_filter)\s*\(\s*['"][^'"\n]{1,60}['"]?\s*[\/#|~@%!][imsxuADSUXJ]{0,8}e[imsxuADSUXJ]{0,8}['"]\s*,\s*[^;\n]{0,120}(\$_(GET|POST|REQUEST|COOKIE)|eval|assert|base64_decode|system\s*\()/ nocase
    $b = /\b(preg_replace)\s*\(\s*['"]([\/#|~@%!])[^'"\n]{1,40}[\/#|~@%!][imsxu]{0,5}e[imsxu]{0,5}['"]\s*,\s*[^;\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $c = /\b(mb_ereg_replace|mb_eregi_replace)\s*\([^;\n]{0,120}\$_(GET|POST|REQUEST|COOKIE)[^;\n]{0,60}['"]e['"]\s*\)/ nocase
  condition: any of them
}

rule php_runs_unpacked {
  meta: weight = 100
  strings:
    $chain = /\b(eval|assert)\s*\(\s*['"]?(\?>['"]\s*\.\s*)?@?\s*((gzinflate|gzuncompress|gzdecode|str_rot13|strrev|convert_uudecode|hex2bin|base64_decode|rawurldecode|urldecode|pack)\s*\(\s*){2,8}/ nocase
    $single = /\b(eval|assert)\s*\(\s*@?\s*(base64_decode|gzinflate|hex2bin|convert_uudecode)\s*\(\s*(['"][A-Za-z0-9+\/=]{60,}|\$_(GET|POST|REQUEST|COOKIE))/ nocase
    $close = /\beval\s*\(\s*['"]\s*\?>\s*['"]\s*\.\s*@?\s*(base64_decode|gzinflate|gzuncompress|str_rot13|strrev)/ nocase
  condition: any of them
}

rule php_create_function_unpacked {
  meta: weight = 100
  strings: $a = /\bcreate_function\s*\(\s*['"][^'"]{0,20}['"]\s*,\s*@?\s*(base64_decode|gzinflate|gzuncompress|str_rot13|strrev|\$_(GET|POST|REQUEST|COOKIE))/ nocase
  condition: $a
}

rule php_writes_request_code {
  meta: weight = 100 plain = true
  strings:
    $put = /\bfile_put_contents\s*\(\s*[^;,\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)\b[^;,\n]{0,60},\s*[^;\n]{0,40}(base64_decode\s*\(\s*)?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $copy = /\b(copy|move_uploaded_file)\s*\(\s*\$_(GET|POST|REQUEST|COOKIE)\b[^;,\n]{0,40},\s*\$_(GET|POST|REQUEST|COOKIE)\s*\[/ nocase
  condition: any of them and filesize < 200KB
}

rule php_bare_uploader {
  meta: weight = 100
  strings:
    $move = /\b(move_uploaded_file|copy)\s*\(\s*\$_(FILES|REQUEST)\s*(\[[^\]]{1,30}\]\s*){0,2},\s*[^;\n]{0,80}\$_(FILES|REQUEST|GET|POST)/ nocase
    $form = /multipart\/form-data/ nocase
    $check = /(mime|extension|pathinfo|getimagesize|in_array|preg_match|allowed|is_admin|session_start|check_admin)/ nocase
  condition: $move and $form and not $check and filesize < 8KB
}

rule php_reverse_shell {
  meta: weight = 100
  strings:
    $connect = /\b(fsockopen|stream_socket_client|socket_connect)\s*\(/ nocase
    $shell = /['"](\/bin\/|\/usr\/bin\/)?(ba|da|z|k)?sh(\s+-i)?['"\s]|cmd\.exe|\/bin\/sh/ nocase
    $open = /\b(proc_open|popen|shell_exec|passthru|exec|system)\s*\(/ nocase
    $pipe = /array\s*\(\s*['"]pipe['"]|\[\s*['"]pipe['"]|2>&1|>&\d|0<&\d/ nocase
  condition: all of them and filesize < 100KB
}

rule php_bash_back_connection {
  meta: weight = 100
  strings:
    $tcp = /\/dev\/tcp\/[^\s'"]{1,60}/
    $open = /\b(proc_open|popen|shell_exec|passthru|exec|system)\s*\(/ nocase
    $tag = "<?"
  condition: all of them and filesize < 100KB
}

rule php_shell_console {
  meta: weight = 100
  strings:
    $r1 = /\b(shell_exec|passthru|proc_open|popen|pcntl_exec)\b/ nocase
    $r2 = /\bdisable_functions\b/ nocase
    $r3 = /\b(php_uname|posix_getpwuid|posix_geteuid|getmyuid)\s*\(/ nocase
    $r4 = /\bsafe_mode\b/ nocase
    $r5 = /\/etc\/passwd/
    $r6 = /\b(chmod|unlink|rename|rmdir|touch)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $r7 = /\b(cmd|command|exec|shell)\b['"]?\s*(value|name)?/ nocase
    $r8 = /\b(scandir|opendir|glob)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $r9 = /\b(file_get_contents|readfile|highlight_file|show_source|fopen)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $request = /\$_(GET|POST|REQUEST|COOKIE)\b/
  condition: $request and 6 of ($r*) and filesize < 400KB
}

rule php_file_manager_of_requests {
  meta: weight = 60
  strings:
    $write = /\b(file_put_contents|fwrite|fputs)\s*\(\s*[^;\n]{0,80}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $remove = /\b(unlink|rename|rmdir|chmod)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $list = /\b(scandir|opendir|glob)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $read = /\b(file_get_contents|readfile|highlight_file|show_source|fopen)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
  condition: 3 of them and filesize < 200KB
}

rule php_chr_chain {
  meta: weight = 60
  strings:
    $a = /(chr\s*\(\s*(0x)?[0-9a-f]{1,3}\s*([+\-*\/^]\s*\d{1,4}\s*)?\)\s*\.\s*){8,}/ nocase
  condition: $a
}

rule php_globals_maze {
  meta: weight = 60
  strings: $a = /\$\{?["']?GLOBALS["']?\}?\s*\[\s*(["']\\x[0-9a-f]{2}|['"][_\WO0Il1]{3,})/ nocase
  condition: #a > 8
}

rule php_escaped_names {
  meta: weight = 60
  strings:
    $a = /\$\{\s*["'](\\x[0-9a-f]{2}|\\[0-7]{2,3}){3,}/ nocase
    $b = /["'](\\x[0-9a-f]{2}|\\[0-7]{2,3}){4,}["']\s*\(/ nocase
  condition: any of them
}

rule php_goto_maze {
  meta: weight = 50
  strings: $a = /goto\s+[A-Za-z0-9_]{4,8};\s*[A-Za-z0-9_]{4,8}:/
  condition: #a > 20
}

rule php_one_long_line_eval {
  meta: weight = 50
  strings:
    $eval = /\b(eval|assert)\s*\(/ nocase
    $blob = /['"][A-Za-z0-9+\/=]{2000,}['"]/
  condition: $eval and $blob and filesize < 2MB
}

rule php_variable_calls_request {
  meta: weight = 70
  strings: $a = /\$[A-Za-z_]\w{0,30}(\[[^\]\n]{1,20}\])?\s*\(\s*@?(base64_decode\s*\(\s*|str_rot13\s*\(\s*|stripslashes\s*\(\s*)?\$_(GET|POST|REQUEST|COOKIE)\s*\[[^\]\n]{1,40}\]\s*\)+\s*;/
  condition: $a and filesize < 4KB
}

rule php_word_pieces {
  meta: weight = 70
  strings:
    $a = /['"](s|sy|sys|syst|syste)['"]\s*\.\s*['"][ystem]{1,5}['"]/ nocase
    $b = /['"](a|as|ass|asse|asser)['"]\s*\.\s*['"][sert]{1,5}['"]/ nocase
    $c = /['"](e|ev|eva)['"]\s*\.\s*['"](val|al|l)['"]/ nocase
    $d = /['"](bas|base|base6|base64|base64_)['"]\s*\.\s*['"](e64|64|4|_)?_?(dec)?(ode)?['"]/ nocase
    $e = /['"](shell|shell_)['"]\s*\.\s*['"]_?exec['"]|['"](pass)['"]\s*\.\s*['"]thru['"]/ nocase
  condition: any of them and filesize < 100KB
}

rule php_password_gate_runs {
  meta: weight = 60
  strings:
    $gate = /(md5|sha1|crc32|hash)\s*\(\s*[^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)\s*\[[^;\n]{0,40}\)\s*={2,3}\s*['"][0-9a-f]{8,64}['"]/ nocase
    $run = /\b(eval|assert|system|passthru|shell_exec|proc_open|popen)\s*\(/ nocase
  condition: all of them and filesize < 200KB
}

rule php_in_picture {
  meta: weight = 100
  strings:
    $php = /<\?(php|=)[\s\(\$@\/]/ nocase
    $act = /(\$_(GET|POST|REQUEST|COOKIE|SERVER)|eval|assert|system|base64_decode|shell_exec|passthru)\b/ nocase
  condition:
    $php and $act and (uint16be(0) == 0xFFD8 or uint32be(0) == 0x89504E47 or uint32be(0) == 0x47494638 or
      uint16be(0) == 0x424D or uint32be(0) == 0x00000100 or (uint32be(0) == 0x52494646 and uint32be(8) == 0x57454250))
}

rule php_hidden_include {
  meta: weight = 100
  strings:
    $a = /@?\b(include|require)(_once)?\s*\(?\s*['"][^'"\n]{0,120}(\\x[0-9a-f]{2}|\\[0-7]{2,3}){3,}[^'"\n]{0,160}(\.ico|\.png|\.jpg|\.gif|\\x69\\x63\\x6f)?['"]/ nocase
    $b = /\b(include|require)(_once)?\s*\(?\s*['"][^'"\n]{1,160}\/?\.?[A-Za-z0-9_]{1,40}\.(ico|png|jpg|jpeg|gif)['"]/ nocase
  condition: any of them
}
