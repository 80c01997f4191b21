#include "net/smtp_transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cstring>

#include "net/mail_message.h"

namespace vedette::net {
namespace {

// A server that is gone without a word (a firewall forgot the connection) is not waited for longer.
constexpr std::chrono::seconds kKeptAnswersWithin{4};
constexpr long kLifetimeMaxS = 300;  // names and certificates change

// What is known of a mail on its way.
struct Course {
  std::string_view rest;
  bool text_begun = false;
  std::string reply;  // the newest line
  std::string verb;   // of the newest command but QUIT, which follows a failure
  CURL* curl = nullptr;
  bool may_be_stale = false;  // there was a kept connection when it began
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

  // Over a connection that was there before.
  bool over_kept() const {
    long made = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &made);
    return made == 0;
  }
};

std::size_t give_bytes(char* to, std::size_t size, std::size_t count, void* from) {
  auto& course = *static_cast<Course*>(from);
  course.text_begun = true;
  std::size_t take = std::min(size * count, course.rest.size());
  std::memcpy(to, course.rest.data(), take);
  course.rest.remove_prefix(take);
  return take;
}

std::size_t keep_reply(char* data, std::size_t size, std::size_t count, void* to) {
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.size() >= 3 && !line.starts_with("221")) static_cast<Course*>(to)->reply = line.substr(0, 512);
  return size * count;
}

int keep_verb(CURL*, curl_infotype kind, char* data, std::size_t size, void* to) {
  std::string_view verb(data, std::min<std::size_t>(size, 4));
  if (kind == CURLINFO_HEADER_OUT && verb != "QUIT") static_cast<Course*>(to)->verb = verb;
  return 0;
}

// Called at least once a second; other than 0 ends the transfer.
int give_up_on_silence(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& course = *static_cast<const Course*>(of);
  bool waited = std::chrono::steady_clock::now() - course.began > kKeptAnswersWithin;
  return waited && course.may_be_stale && !course.text_begun && course.over_kept() ? 1 : 0;
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

// The server refused the recipient or the mail; that it refuses to begin (MAIL) may be the connection's
// fault: too many mails over it, or a session that it has given up.
bool refused_the_mail(const Course& course) {
  bool refusal = course.reply.starts_with('4') || course.reply.starts_with('5');
  return refusal && !course.reply.starts_with("421") && course.verb != "MAIL";
}

void set_server(CURL* curl, const SmtpServer& server) {
  std::string host = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
  std::string url =
      fmt::format("{}://{}:{}/", server.tls == SmtpTls::kImplicit ? "smtps" : "smtp", host, server.port);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   static_cast<long>(server.tls == SmtpTls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, kLifetimeMaxS);
}

void set_course(CURL* curl, Course& course) {
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
  curl_easy_setopt(curl, CURLOPT_READDATA, &course);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_reply);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &course);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, keep_verb);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &course);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, give_up_on_silence);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &course);
}

curl_socket_t socket_of(CURL* curl) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
  return socket;
}

}  // namespace

Result<WrittenMail> written(const Mail& mail) {
  WrittenMail out;
  TRY_ASSIGN(out.message, write_mail(mail, SystemClock().wall()));
  TRY_ASSIGN(out.from, mail_address(mail.from));
  for (const auto& to : mail.to) {
    TRY_ASSIGN(std::string address, mail_address(to));
    out.to.push_back(std::move(address));
  }
  return out;
}

SmtpAttempt attempt(CURL* curl, const SmtpServer& server, const WrittenMail& mail,
                    std::chrono::milliseconds timeout) {
  Course course{.rest = mail.message,
                .reply = {},
                .verb = {},
                .curl = curl,
                .may_be_stale = socket_of(curl) != CURL_SOCKET_BAD};
  CurlList recipients;
  for (const auto& to : mail.to) recipients.add("<" + to + ">");
  char detail[CURL_ERROR_SIZE] = "";
  set_server(curl, server);
  set_course(curl, course);
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);

  auto code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  bool kept = course.may_be_stale && course.over_kept();
  reset_curl_easy(curl);  // the settings point at what ends with this call
  if (code == CURLE_OK) return {SmtpAcceptance{course.reply}};
  auto what = fmt::format("mail server {}:{}: {}{}", server.host, server.port,
                          *detail ? detail : curl_easy_strerror(code),
                          course.reply.empty() ? "" : " (" + course.reply + ")");
  return {std::unexpected(classify(code, status, course.verb == "RCPT", what)),
          kept && !course.text_begun && !refused_the_mail(course)};
}

// Shut for reading, the answer to QUIT need not be waited for: libcurl would do so for two minutes.
void say_goodbye(CurlEasy handle) {
  auto socket = socket_of(handle.get());
  if (socket != CURL_SOCKET_BAD) ::shutdown(socket, SHUT_RD);
}

}  // namespace vedette::net
