#include "sites/render/trust_store.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace vedette::sites {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
// C: may vouch for servers; P: trusted as it is, for a file that holds the server's own certificate, which
// the fetches accept too.
constexpr std::string_view kTrust = "CP,,";

std::string find_certutil() {
  for (const char* path : {"/usr/bin/certutil", "/usr/local/bin/certutil"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kTrustFileBytesMax + 1, '\0');
  if (!in || !in.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    return fail(ErrorCode::kInvalid, fmt::format("{} cannot be read, or is larger than {} bytes",
                                                 file.string(), kTrustFileBytesMax));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// Runs certutil with nothing on its input; its words are lost, its exit status counts.
Result<void> run(const std::string& program, std::vector<std::string> words,
                 const std::filesystem::path& home) {
  words.insert(words.begin(), program);
  std::vector<std::string> environment{"HOME=" + home.string(), "PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  std::vector<char*> argv, envp;
  for (auto& word : words) argv.push_back(word.data());
  for (auto& word : environment) envp.push_back(word.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addchdir_np(&files, home.c_str());
  for (int fd : {0, 1, 2}) posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  pid_t pid = -1;
  int failed = posix_spawn(&pid, program.c_str(), &files, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0)
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", program, std::strerror(failed)));
  int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd wait{handle, POLLIN, 0};
  auto end = std::chrono::steady_clock::now() + kCertutilTime;
  bool ended = false;
  while (handle >= 0 && !ended) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    int ready = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
    ended = ready > 0;
    if (ready == 0 || (ready < 0 && errno != EINTR)) break;
  }
  if (!ended) kill(pid, SIGKILL);
  if (handle >= 0) close(handle);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return fail(ErrorCode::kTimeout, "certutil did not end in time");
  if (status != 0)
    return fail(ErrorCode::kUnavailable, fmt::format("certutil {} failed (status {})", words[1], status));
  return {};
}

}  // namespace

Result<std::vector<std::string>> pem_certificates(std::string_view text) {
  std::vector<std::string> out;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
    auto end = text.find(kEnd, at);
    if (end == std::string_view::npos || text.substr(at + 1, end - at - 1).contains(kBegin))
      return fail(ErrorCode::kInvalid, fmt::format("certificate {} has no end", out.size() + 1));
    if (out.size() == kTrustedMax)
      return fail(ErrorCode::kInvalid, fmt::format("there are more than {} certificates", kTrustedMax));
    end += kEnd.size();
    out.push_back(std::string(text.substr(at, end - at)) + "\n");
    at = end;
  }
  if (out.empty()) return fail(ErrorCode::kInvalid, "there is no PEM certificate");
  return out;
}

Result<void> make_trust_store(const std::filesystem::path& home, const std::filesystem::path& ca_file) {
  auto certutil = find_certutil();
  if (certutil.empty()) {
    return fail(ErrorCode::kUnsupported,
                "certutil (Debian: libnss3-tools) is needed to make Chromium trust a private authority");
  }
  TRY_ASSIGN(auto text, read_file(ca_file));
  auto certificates = pem_certificates(text);
  if (!certificates) return fail(std::move(certificates).error(), ca_file.string());
  // Names in the batch are relative: certutil cuts its lines at spaces.
  auto name = [](std::size_t i) { return fmt::format("authority-{}", i); };
  const auto store = home / ".pki" / "nssdb", batch = home / "authorities";
  std::error_code error;
  std::filesystem::create_directories(store, error);
  if (error) return fail(ErrorCode::kUnavailable, store.string() + ": " + error.message());
  const std::string database = "sql:" + store.string();
  TRY(run(certutil, {"-N", "--empty-password", "-d", database}, home));
  std::ofstream commands(batch);
  for (std::size_t i = 0; i < certificates->size(); ++i) {
    std::ofstream(home / name(i)) << (*certificates)[i];
    commands << fmt::format("-A -n {0} -t {1} -a -i {0}\n", name(i), kTrust);
  }
  commands.close();
  if (!commands) return fail(ErrorCode::kUnavailable, "cannot write " + batch.string());
  auto added = run(certutil, {"-B", "-i", batch.filename().string(), "-d", database}, home);
  std::filesystem::remove(batch, error);
  for (std::size_t i = 0; i < certificates->size(); ++i) std::filesystem::remove(home / name(i), error);
  if (!added) return fail(std::move(added).error(), ca_file.string());
  return {};
}

}  // namespace vedette::sites
