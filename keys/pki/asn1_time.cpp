// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/asn1_time.h"

#include <chrono>
#include <ctime>

#include "keys/crypto/openssl.h"

namespace yinxin::keys {

Time time_of(const ASN1_TIME* value) {
    std::tm parts{};
    if (value == nullptr || ASN1_TIME_to_tm(value, &parts) != 1) {
        throw openssl_error(ErrorCode::Malformed, "a time that is none");
    }
    const std::chrono::year_month_day day{
        std::chrono::year{parts.tm_year + 1900},
        std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
        std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    return std::chrono::sys_days{day} + std::chrono::hours{parts.tm_hour} +
           std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
}

void set_time(ASN1_TIME* target, Time time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    openssl_check(ASN1_TIME_set(target, static_cast<time_t>(seconds)) != nullptr, "setting a time");
}

}  // namespace yinxin::keys
