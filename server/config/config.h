// SPDX-License-Identifier: Apache-2.0
// yinxin.toml as a value. Every key but secrets can be overridden by YINXIN__SECTION__KEY and by
// --set section.key=value; an unknown key or a wrong type is Error{Invalid} with file, line and
// column.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pdf/form.h"

namespace yinxin::server {

// No configuration has more: with all of them at work or waiting, threads of the listener are left
// for verification.
inline constexpr int issue_workers_max = 64;
inline constexpr int issue_queue_cap = 256;

struct LimitConfig {               // [limits]
    int requests_per_minute = 30;  ///< per caller: IPv4 /32, IPv6 /64
    int requests_burst = 10;
    int api_requests_per_minute = 6000;  ///< per API key
    int api_requests_burst = 600;
    int failed_facts_per_10_minutes = 5;  ///< per document
    int failed_facts_per_day = 20;
    int connections_per_address = 8;
    int header_seconds = 5;
    int body_seconds = 15;
    int json_bytes_max = 1 << 20;
    int upload_bytes_max = 10 << 20;
    int issue_queue_max = 64;  ///< requests to issue that wait, beside two for each worker
    int issue_wait_seconds = 10;
};

struct Config {
    std::filesystem::path dir;              ///< the instance
    bool demo = false;                      ///< [instance] demo
    std::string public_url;                 ///< [instance] public_url, no slash at the end
    std::string listen = "127.0.0.1:8080";  ///< [server] listen
    std::vector<std::string>
        trusted_proxies;  ///< [server] trusted_proxies: addresses whose X-Forwarded-For counts
    int threads = 0;      ///< [server] documents rendered and sealed at once; 0: one more than CPUs
    int clock_step_seconds_max = 5;  ///< [server] the clock may be set by so much while it runs
    bool insecure_limits = false;    ///< --insecure-limits
    pdf::IssuerNames issuer;  ///< [issuer] organ, organ_short, organ_code, province, channel_digit
    std::string seal_key;     ///< [keys] seal = id of the key that seals
    std::string token_key;    ///< [keys] token
    std::string ses_key;      ///< [keys] ses: of a first seal by GB/T 38540; "": there is none
    std::filesystem::path passphrase_file;  ///< [keys] passphrase_file, relative to dir
    std::vector<std::filesystem::path>
        form_folders;  ///< [forms] folders, beside DIR/forms and the shipped ones
    std::string admin_listen = "127.0.0.1:0";  ///< [server] admin_listen: /metrics; "": nowhere
    std::string seal_level = "B-B";            ///< [seal] level of documents that name none
    std::vector<std::string> tsa;          ///< [timestamps] tsa: addresses, the first that answers
    std::string timestamp_policy = "off";  ///< [timestamps] policy: off, deferred, required
    int timestamp_deadline_ms = 3000;      ///< [timestamps] deadline_ms, of each request
    std::vector<std::string> outbound_allow;  ///< [outbound] allow: servers that may be asked
    std::string demo_pki_listen = "127.0.0.1:8081";  ///< [demo_pki] listen; used in a demo only
    LimitConfig limits;

    std::string demo_pki_url() const { return "http://" + demo_pki_listen; }
    std::filesystem::path operations_file() const { return keys_dir() / "operations"; }
    std::filesystem::path database() const { return dir / "register.db"; }
    std::filesystem::path control_socket() const { return dir / "run" / "control.sock"; }
    std::filesystem::path lock_file() const { return dir / "run" / "lock"; }
    std::filesystem::path keys_dir() const { return dir / "keys"; }
    std::filesystem::path pki_dir() const { return dir / "pki"; }
};

/// `overrides` are "section.key=value" from --set. `listen` replaces the configured address; in a
/// demo public_url follows it.
Config load_config(const std::filesystem::path& dir,
                   const std::vector<std::string>& overrides,
                   const std::string& listen = "");

/// Puts another listening address in place: that of --listen, or the port the system picked. A
/// demo's public_url follows.
void set_listen(Config& config, const std::string& listen);

/// The limits that are looser than the defaults, as "limits.requests_per_minute = 600 (30)".
/// `serve` refuses them unless the instance is a demo or says --insecure-limits.
std::vector<std::string> raised_limits(const LimitConfig& limits);

struct InitialConfig {
    bool demo = false;
    std::string listen = "127.0.0.1:8080";
    pdf::IssuerNames issuer;
    std::string seal_key, token_key, ses_key;
    std::string demo_pki_listen = "127.0.0.1:8081";  ///< of a demo
};
/// The text of a new yinxin.toml, every key in it explained.
std::string initial_config(const InitialConfig& initial);

}  // namespace yinxin::server
