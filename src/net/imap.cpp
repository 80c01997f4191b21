#include "net/imap.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "net/curl_handle.h"

namespace vedette::net {
namespace {

struct Answer {
  std::string bytes = {};
  std::size_t bytes_max = 0;
  bool too_long = false;
};

std::size_t take_answer(char* data, std::size_t, std::size_t size, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  if (answer.bytes.size() + size > answer.bytes_max) {
    answer.too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  answer.bytes.append(data, size);
  return size;
}

int ask_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

ErrorCode kind_of(CURLcode code) {
  switch (code) {
    case CURLE_LOGIN_DENIED:
      return ErrorCode::kUnauthorized;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return ErrorCode::kNotFound;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

struct ImapFolder::Connection {
  CurlEasy easy;
  std::string base;    // imaps://host:port/
  std::string folder;  // escaped
  char detail[CURL_ERROR_SIZE] = "";
  std::stop_token stop;
};

bool is_imap_folder_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 && std::ranges::all_of(name, [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("\"\\%*(){}").find(c) == std::string_view::npos;
  });
}

ImapFolder::ImapFolder(ImapOptions options, std::stop_token stop)
    : options_(std::move(options)), connection_(std::make_unique<Connection>()) {
  VEDETTE_ASSERT(is_imap_folder_name(options_.folder));
  auto& to = *connection_;
  to.stop = std::move(stop);
  to.easy = new_curl_easy("");
  CURL* curl = to.easy.get();
  const bool v6 = options_.host.find(':') != std::string::npos;
  to.base = fmt::format("{}://{}{}{}:{}/", options_.start_tls ? "imap" : "imaps", v6 ? "[" : "",
                        options_.host, v6 ? "]" : "", options_.port);
  char* escaped = curl_easy_escape(curl, options_.folder.data(), static_cast<int>(options_.folder.size()));
  VEDETTE_ASSERT(escaped != nullptr);  // out of memory
  to.folder = escaped;
  curl_free(escaped);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, options_.password.reveal().c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, to.detail);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &to.stop);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
}

ImapFolder::~ImapFolder() = default;

namespace {

Result<std::string> perform(CURL* curl, const std::string& url, const char* command, std::size_t bytes_max,
                            const char* detail, const std::string& host) {
  Answer answer{.bytes_max = bytes_max};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  const auto code = curl_easy_perform(curl);
  if (answer.too_long)
    return fail(ErrorCode::kLimit, fmt::format("{}: the answer is longer than {} bytes", host, bytes_max));
  if (code != CURLE_OK)
    return fail(kind_of(code), fmt::format("{}: {}", host, *detail ? detail : curl_easy_strerror(code)));
  return std::move(answer.bytes);
}

}  // namespace

Result<std::string> ImapFolder::ask(const std::string& command) {
  auto& to = *connection_;
  // A listing needs the folder to be selected; EXAMINE selects by itself.
  const auto url = command.starts_with("EXAMINE") ? to.base : to.base + to.folder;
  return perform(to.easy.get(), url, command.c_str(), kAnswerBytes, to.detail, options_.host);
}

Result<ImapFolderState> ImapFolder::state() {
  TRY_ASSIGN(auto answer, ask(fmt::format("EXAMINE \"{}\"", options_.folder)));
  if (auto state = parse_imap_state(answer)) return *state;
  return fail(ErrorCode::kInvalid,
              fmt::format("{}: the folder {} has no lasting numbers (UIDVALIDITY, UIDNEXT)", options_.host,
                          options_.folder));
}

Result<std::vector<ImapMessage>> ImapFolder::list(std::uint32_t from, std::uint32_t to) {
  TRY_ASSIGN(auto answer, ask(fmt::format("UID FETCH {}:{} (UID RFC822.SIZE INTERNALDATE)", from, to)));
  auto out = parse_imap_list(answer);
  // "7:9" may bring the last message there is, whatever its number.
  std::erase_if(out, [&](const ImapMessage& one) { return one.uid < from || one.uid > to; });
  return out;
}

Result<std::string> ImapFolder::fetch(std::uint32_t uid_validity, std::uint32_t uid, std::size_t bytes_max) {
  auto& to = *connection_;
  const auto url = fmt::format("{}{};UIDVALIDITY={}/;UID={}", to.base, to.folder, uid_validity, uid);
  TRY_ASSIGN(auto bytes, perform(to.easy.get(), url, nullptr, bytes_max, to.detail, options_.host));
  if (bytes.empty())
    return fail(ErrorCode::kNotFound, fmt::format("{}: message {} is gone", options_.host, uid));
  return bytes;
}

}  // namespace vedette::net
