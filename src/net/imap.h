// ImapFolder: one folder of a mailbox, read over IMAP4rev1 (RFC 3501) with libcurl. Always under TLS with a
// verified certificate, from the first byte or by STARTTLS. It reads; the server may mark what is fetched as
// seen, nothing else changes.
//
// The server's answers are bounded and taken for a stranger's. One thread at a time; blocks for the network,
// each call for at most `timeout`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::net {

struct ImapOptions {
  std::string host = {};
  std::uint16_t port = 993;
  bool start_tls = false;  // else TLS from the first byte
  std::string user = {};
  Secret password = {};
  std::string folder = "INBOX";  // printable ASCII, as the server names it (modified UTF-7)
  std::string ca_file = {};      // PEM; empty: the system's
  std::chrono::milliseconds timeout{60'000};
};

struct ImapFolderState {
  std::uint32_t uid_validity = 0;  // another number: the UIDs of before name nothing any more
  std::uint32_t uid_next = 0;      // of the next message that comes
};
struct ImapMessage {
  std::uint32_t uid = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> received = {};  // INTERNALDATE
};

class ImapFolder {
 public:
  // The longest answer that is taken but for messages.
  static constexpr std::size_t kAnswerBytes = 1u << 20;

  // `stop`: ends a call within about a second.
  explicit ImapFolder(ImapOptions options, std::stop_token stop = {});
  ~ImapFolder();

  // kUnauthorized: name or password is refused; kUnavailable: not reached, or its certificate is not valid;
  // kInvalid: what it answers is not understood.
  Result<ImapFolderState> state();
  // Those from `from` to `to`, by UID.
  Result<std::vector<ImapMessage>> list(std::uint32_t from, std::uint32_t to);
  // kNotFound: it is gone, or the folder has another uid_validity; kLimit: larger than `bytes_max`.
  Result<std::string> fetch(std::uint32_t uid_validity, std::uint32_t uid, std::size_t bytes_max);

 private:
  struct Connection;
  Result<std::string> ask(const std::string& command);

  const ImapOptions options_;
  std::unique_ptr<Connection> connection_;
};

// Whether such a name may stand in a command.
bool is_imap_folder_name(std::string_view name);

// The answers of a server, for ImapFolder and for fuzzing. What is no such line is passed over.
std::optional<ImapFolderState> parse_imap_state(std::string_view answer);
std::vector<ImapMessage> parse_imap_list(std::string_view answer);

}  // namespace vedette::net
