#include "net/smtp.h"

#include <fmt/format.h>

#include <cstring>

#include "net/curl_handle.h"
#include "net/mail_message.h"

namespace vedette::net {
namespace {

struct Upload {
  std::string_view rest;
};

std::size_t give_bytes(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  std::size_t take = std::min(size * count, upload.rest.size());
  std::memcpy(to, upload.rest.data(), take);
  upload.rest.remove_prefix(take);
  return take;
}

// Every reply line of the server arrives here; the last one is the answer to the message.
std::size_t keep_reply(char* data, std::size_t size, std::size_t count, void* to) {
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.size() >= 3 && !line.starts_with("221")) *static_cast<std::string*>(to) = line.substr(0, 512);
  return size * count;
}

// The verb of the newest command but QUIT, which follows a failure: it tells whether the server refused the
// recipient or all.
int keep_verb(CURL*, curl_infotype kind, char* data, std::size_t size, void* to) {
  std::string_view verb(data, std::min<std::size_t>(size, 4));
  if (kind == CURLINFO_HEADER_OUT && verb != "QUIT") *static_cast<std::string*>(to) = verb;
  return 0;
}

Error classify(CURLcode code, long reply, bool recipient, const std::string& detail) {
  bool permanent = reply >= 500 && reply < 600;
  if (recipient && permanent) return Error(ErrorCode::kNotFound, detail);
  if (recipient && reply >= 400) return Error(ErrorCode::kLimit, detail);
  if (code == CURLE_LOGIN_DENIED) return Error(ErrorCode::kUnauthorized, detail);
  if (code == CURLE_OPERATION_TIMEDOUT) return Error(ErrorCode::kTimeout, detail);
  if (permanent || code == CURLE_URL_MALFORMAT) return Error(ErrorCode::kInvalid, detail);
  return Error(ErrorCode::kUnavailable, detail);
}

}  // namespace

Result<SmtpAcceptance> send_mail(const SmtpServer& server, const Mail& mail) {
  TRY_ASSIGN(std::string message, write_mail(mail, SystemClock().wall()));
  TRY_ASSIGN(std::string from, mail_address(mail.from));
  CurlList recipients;
  for (const auto& to : mail.to) {
    TRY_ASSIGN(std::string address, mail_address(to));
    recipients.add("<" + address + ">");
  }
  if (server.host.empty() || server.host.find_first_of("/@ \r\n") != std::string::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is not the name of a mail server", server.host));
  }

  auto handle = new_curl_easy("");
  CURL* curl = handle.get();
  std::string host = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
  std::string url =
      fmt::format("{}://{}:{}/", server.tls == SmtpTls::kImplicit ? "smtps" : "smtp", host, server.port);
  std::string reply;
  Upload upload{message};
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   static_cast<long>(server.tls == SmtpTls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_reply);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  std::string verb;
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, keep_verb);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &verb);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);

  auto code = curl_easy_perform(curl);
  if (code == CURLE_OK) return SmtpAcceptance{reply};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  auto what =
      fmt::format("mail server {}:{}: {}{}", server.host, server.port,
                  *detail ? detail : curl_easy_strerror(code), reply.empty() ? "" : " (" + reply + ")");
  return std::unexpected(classify(code, status, verb == "RCPT", what));
}

}  // namespace vedette::net
