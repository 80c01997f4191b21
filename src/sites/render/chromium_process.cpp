#include "sites/render/chromium_process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "sites/render/process_tree.h"
#include "sites/render/trust_store.h"

namespace vedette::sites {
namespace {

constexpr const char* kProfilePrefix = "vedette-chromium-";
constexpr rlim_t kFileBytesMax = 512u << 20;  // no single file of the profile may grow beyond this
constexpr rlim_t kOpenFilesMax = 4'096;

struct Pipe {  // a socket pair, because writing to one can be told not to raise SIGPIPE
  int read = -1, write = -1;
  ~Pipe() {
    if (read >= 0) close(read);
    if (write >= 0) close(write);
  }
  bool open() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) return false;
    read = fds[0];
    write = fds[1];
    return true;
  }
};

std::vector<std::string> arguments(const ChromiumLaunch& launch, const std::filesystem::path& profile) {
  std::vector<std::string> out{
      launch.path,
      "--headless=new",
      "--remote-debugging-pipe",
      "--user-data-dir=" + profile.string(),
      // Every connection goes through the gate, loopback included; Chromium itself resolves no name.
      "--proxy-server=http://127.0.0.1:" + std::to_string(launch.proxy_port),
      "--proxy-bypass-list=<-loopback>",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
      "--disable-quic",
      "--disable-gpu",
      "--disable-3d-apis",
      "--mute-audio",
      "--hide-scrollbars",
      "--force-color-profile=srgb",
      "--window-size=1280,1600",
      "--lang=en-US",
      "--js-flags=--max-old-space-size=512",
      "--renderer-process-limit=8",
      "--no-first-run",
      "--no-default-browser-check",
      "--no-pings",
      "--disable-background-networking",
      "--disable-breakpad",
      "--disable-client-side-phishing-detection",
      "--disable-component-update",
      "--disable-default-apps",
      "--disable-dev-shm-usage",
      "--disable-domain-reliability",
      "--disable-extensions",
      "--disable-file-system",
      "--disable-hang-monitor",
      "--disable-notifications",
      "--disable-prompt-on-repost",
      "--disable-sync",
      "--block-new-web-contents",
      "--deny-permission-prompts",
      "--metrics-recording-only",
      "--password-store=basic",
      "--use-mock-keychain",
      ("--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,"
       "AutofillServerCommunication,"
       "CertificateTransparencyComponentUpdater,InterestFeedContentSuggestions,Prerender2,WebUSB,"
       "WebBluetooth"),
  };
  if (!launch.sandbox) out.push_back("--no-sandbox");
  out.push_back("about:blank");
  return out;
}

// The folder itself last: until then its new owner cannot change what lies in it.
bool give_away(const std::string& folder, uid_t uid, gid_t gid) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator inside(folder, error), end;
  for (; !error && inside != end; inside.increment(error)) {
    if (lchown(inside->path().c_str(), uid, gid) != 0) return false;
  }
  return !error && chown(folder.c_str(), uid, gid) == 0;
}

// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_chromium(const char* const* argv, const char* const* envp, int read_fd, int write_fd,
                                  int error_fd, pid_t parent, bool drop, uid_t uid, gid_t gid) {
  setsid();
  // Out of the way of 3 and 4 first.
  int in = fcntl(read_fd, F_DUPFD, 10), out = fcntl(write_fd, F_DUPFD, 10),
      error = fcntl(error_fd, F_DUPFD, 10);
  int null = open("/dev/null", O_RDWR);
  if (in < 0 || out < 0 || error < 0 || null < 0) _exit(126);
  dup2(null, 0);
  dup2(null, 1);
  dup2(error, 2);
  dup2(in, 3);
  dup2(out, 4);
  close_range(5, ~0u, 0);
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = kFileBytesMax;
  setrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = limit.rlim_max = 0;
  setrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = limit.rlim_max = kOpenFilesMax;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (drop &&
      (setgroups(0, nullptr) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)) {
    _exit(126);
  }
  // Changing the user clears the signal, so it is asked for after that.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);  // the parent died before we asked
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execve(argv[0], const_cast<char* const*>(argv), const_cast<char* const*>(envp));
  _exit(127);
}

}  // namespace

std::string find_chromium() {
  for (const char* path :
       {"/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome", "/opt/google/chrome/chrome"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return {};
}

void sweep_profiles(const std::filesystem::path& temp_folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(temp_folder, error)) {
    std::string name = entry.path().filename().string();
    if (!name.starts_with(kProfilePrefix)) continue;
    pid_t owner = static_cast<pid_t>(std::strtol(name.c_str() + std::strlen(kProfilePrefix), nullptr, 10));
    // Only what was ours: root or the same user made it, and its server is gone.
    struct stat status{};
    if (owner <= 0 || lstat(entry.path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (geteuid() != 0 && status.st_uid != geteuid()) continue;
    if (kill(owner, 0) == 0 || errno != ESRCH) continue;
    std::error_code ignored;
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

Result<std::unique_ptr<ChromiumProcess>> ChromiumProcess::start(const ChromiumLaunch& launch) {
  std::unique_ptr<ChromiumProcess> out(new ChromiumProcess);
  out->sandbox_ = launch.sandbox;
  std::string folder =
      (launch.temp_folder / (kProfilePrefix + std::to_string(getpid()) + "-XXXXXX")).string();
  if (mkdtemp(folder.data()) == nullptr) {
    return fail(ErrorCode::kUnavailable,
                "cannot make a folder in " + launch.temp_folder.string() + ": " + std::strerror(errno));
  }
  out->folder_ = folder;
  // While the folder is ours alone: nobody else can lead what is written here elsewhere.
  if (!launch.ca_file.empty()) TRY(make_trust_store(folder, launch.ca_file));
  bool drop = geteuid() == 0;
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (drop) {
    const passwd* nobody = getpwnam("nobody");
    if (nobody == nullptr)
      return fail(ErrorCode::kUnsupported, "there is no user \"nobody\" to run Chromium as");
    uid = nobody->pw_uid;
    gid = nobody->pw_gid;
    if (!give_away(folder, uid, gid)) {
      return fail(ErrorCode::kUnavailable, "cannot give " + folder + " to nobody: " + std::strerror(errno));
    }
  }
  Pipe to, from;
  int error_fd = open((folder + "/stderr").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (error_fd < 0 || !to.open() || !from.open()) {
    if (error_fd >= 0) close(error_fd);
    return fail(ErrorCode::kUnavailable,
                std::string("no file descriptors for Chromium: ") + std::strerror(errno));
  }
  auto words = arguments(launch, out->folder_ / "profile");
  std::vector<std::string> environment{"HOME=" + folder,
                                       "PATH=/usr/bin:/bin",
                                       "LANG=C.UTF-8",
                                       "TMPDIR=" + folder,
                                       "TZ=UTC",
                                       "XDG_CONFIG_HOME=" + folder,
                                       "XDG_CACHE_HOME=" + folder,
                                       "DBUS_SESSION_BUS_ADDRESS=unix:path=/dev/null",
                                       "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/dev/null"};
  std::vector<const char*> argv, envp;
  for (const auto& word : words) argv.push_back(word.c_str());
  for (const auto& word : environment) envp.push_back(word.c_str());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  pid_t parent = getpid();
  out->pid_ = fork();
  if (out->pid_ == 0) {
    become_chromium(argv.data(), envp.data(), to.read, from.write, error_fd, parent, drop, uid, gid);
  }
  int fork_error = errno;
  close(error_fd);
  if (out->pid_ < 0) return fail(ErrorCode::kUnavailable, std::string("fork: ") + std::strerror(fork_error));
  out->read_fd_ = std::exchange(from.read, -1);
  out->write_fd_ = std::exchange(to.write, -1);
  return out;
}

ChromiumProcess::~ChromiumProcess() {
  if (read_fd_ >= 0) close(read_fd_);
  if (write_fd_ >= 0) close(write_fd_);
  if (pid_ > 0) {
    // Also when it has ended: what it started may still run in its group.
    if (reaped_) {
      kill(-pid_, SIGKILL);
    } else {
      kill_tree(pid_);
      while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

bool ChromiumProcess::ended() {
  if (!reaped_ && pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) reaped_ = true;
  return reaped_;
}

int ChromiumProcess::take_read_fd() { return std::exchange(read_fd_, -1); }
int ChromiumProcess::take_write_fd() { return std::exchange(write_fd_, -1); }

std::string ChromiumProcess::last_words() const {
  constexpr std::size_t kWordsMax = 2'048;
  std::ifstream file(folder_ / "stderr", std::ios::binary);
  std::string text;
  char part[4'096];
  while (file.read(part, sizeof part) || file.gcount() > 0) {
    text.append(part, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kWordsMax) text.erase(0, text.size() - kWordsMax);
  }
  return text;
}

}  // namespace vedette::sites
