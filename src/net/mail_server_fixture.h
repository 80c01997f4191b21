// A real mail server for tests (aiosmtpd), which says what happens to it, a line of JSON each.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>

extern char** environ;

namespace vedette::net::testing_server {

// Says its port, then {"opened": connections so far}, {"closed": …}, {"rcpt": …} and for each mail it took
// its recipients, and its headers and text as the email library reads them. The ways, one or several:
//   tls=CERT,KEY  STARTTLS and a login (vedette, p4ss) are asked for
//   hangup        closes a connection a moment after it took a mail, without a word
//   second421     answers the second MAIL of a connection with 421, and second451 with 451
//   mute          says nothing to the second MAIL of a connection
//   cut-second    takes the text of the second mail of a connection and cuts it in place of an answer
// A recipient whose name begins with gone or full is refused, and with slow makes it take half a second.
inline constexpr const char* kMailServer = R"py(
import asyncio, json, sys, email, email.policy, ssl
from aiosmtpd.smtp import SMTP, AuthResult
ways = sys.argv[1:]
opened = 0
def say(**what): print(json.dumps(what), flush=True)
class Sink:
    async def handle_MAIL(self, server, session, envelope, address, options):
        server.mails = getattr(server, "mails", 0) + 1
        if server.mails > 1:
            if "second421" in ways: return "421 4.7.0 too many mails over this connection"
            if "second451" in ways: return "451 4.3.0 not now"
            if "mute" in ways: await asyncio.sleep(60)
        envelope.mail_from = address
        return "250 OK"
    async def handle_RCPT(self, server, session, envelope, address, options):
        say(rcpt=address)
        if address.startswith("gone"): return "550 5.1.1 no such user"
        if address.startswith("full"): return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(to=envelope.rcpt_tos, subject=mail["Subject"], id=mail["Message-ID"], auto=mail["Auto-Submitted"], text=mail.get_content())
        if "cut-second" in ways and server.mails > 1: server.transport.abort()
        if envelope.rcpt_tos[0].startswith("slow"): await asyncio.sleep(0.5)
        if "hangup" in ways: asyncio.get_running_loop().call_later(0.05, server.transport.close)
        return "250 2.0.0 taken"
class Counting(SMTP):
    def connection_made(self, transport):
        global opened
        if not self.session: opened += 1; say(opened=opened)
        super().connection_made(transport)
    def connection_lost(self, error):
        say(closed=opened)
        super().connection_lost(error)
def make():
    for way in ways:
        if not way.startswith("tls="): continue
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*way[4:].split(","))
        good = lambda server, session, envelope, how, data: AuthResult(success=(data.login, data.password) == (b"vedette", b"p4ss"), handled=False)
        return Counting(Sink(), enable_SMTPUTF8=True, tls_context=context, require_starttls=True, authenticator=good, auth_required=True)
    return Counting(Sink(), enable_SMTPUTF8=True)
async def main():
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
)py";

class MailServer {
 public:
  explicit MailServer(const std::string& way = "", const std::string& other = "") {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    // Debian's, which has its packages.
    const char* arguments[] = {"/usr/bin/python3", "-c", kMailServer, way.c_str(), other.c_str(), nullptr};
    if (posix_spawn(&process_, arguments[0], &actions, nullptr, const_cast<char**>(arguments), environ) != 0)
      process_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    says_ = ::fdopen(ends[0], "r");
    port_ = std::atoi(line().c_str());
  }
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;
  ~MailServer() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    if (says_) std::fclose(says_);
  }

  int port() const { return port_; }  // 0: there is no aiosmtpd here
  // The next line that has this member; empty when there is none.
  boost::json::object next(std::string_view member) {
    for (auto said = line(); !said.empty(); said = line()) {
      auto object = boost::json::parse(said).as_object();
      for (const auto& [name, value] : object) ++counts_[name];
      if (object.contains(member)) return object;
    }
    return {};
  }
  // Kills it. How often each member was said: "opened", "closed", and "id" of each mail.
  std::map<std::string, int, std::less<>> stop() {
    ::kill(process_, SIGKILL);
    while (!next("nothing").empty()) {
    }
    return counts_;
  }

 private:
  std::string line() {
    std::string out;
    for (int c; (c = std::fgetc(says_)) != EOF && c != '\n';) out += static_cast<char>(c);
    return out;
  }

  pid_t process_ = -1;
  FILE* says_ = nullptr;
  int port_ = 0;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace vedette::net::testing_server
