// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module that passes everything on to SoftHSM2, counts what it was asked and can be told
// to fail. Its folder (YINXIN_SHIM) has the file "fail": the name of a function, a result in
// hexadecimal and how many times; each call of what is counted adds a byte to a file of its name.
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST shown;
std::mutex mutex;

std::string place(const char* name) {
    return std::string(std::getenv("YINXIN_SHIM")) + "/" + name;
}

/// Counts the call; the result it is to fail with, or CKR_OK.
CK_RV called(const std::string& function) {
    const std::lock_guard lock(mutex);
    std::ofstream(place(function.c_str()), std::ios::app) << '.';
    std::string name;
    CK_RV result = CKR_OK;
    int times = 0;
    std::ifstream(place("fail")) >> name >> std::hex >> result >> std::dec >> times;
    if (name != function || times == 0) {
        return CKR_OK;
    }
    std::ofstream(place("fail")) << name << ' ' << std::hex << result << ' ' << std::dec
                                 << times - 1;
    return result;
}

template <typename Function, typename... Arguments>
CK_RV pass(const char* name, Function function, Arguments... arguments) {
    const CK_RV result = called(name);
    return result == CKR_OK ? function(arguments...) : result;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size) {
    return pass("C_Login", real->C_Login, session, user, pin, size);
}
CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* context, CK_NOTIFY notify, CK_ULONG* to) {
    return pass("C_OpenSession", real->C_OpenSession, slot, flags, context, notify, to);
}
CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
    return pass("C_SignInit", real->C_SignInit, session, mechanism, key);
}
CK_RV sign(CK_SESSION_HANDLE session,
           unsigned char* data,
           CK_ULONG size,
           unsigned char* signature,
           CK_ULONG* to) {
    return pass("C_Sign", real->C_Sign, session, data, size, signature, to);
}
CK_RV session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO* info) {
    return pass("C_GetSessionInfo", real->C_GetSessionInfo, session, info);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
    if (real == nullptr) {
        void* module = ::dlopen(YINXIN_SOFTHSM, RTLD_NOW | RTLD_LOCAL);
        using GetList = CK_RV (*)(CK_FUNCTION_LIST**);
        const auto get = module == nullptr
                             ? nullptr
                             : reinterpret_cast<GetList>(::dlsym(module, "C_GetFunctionList"));
        if (get == nullptr || get(&real) != CKR_OK) {
            return CKR_GENERAL_ERROR;
        }
        shown = *real;
        shown.C_Login = login;
        shown.C_OpenSession = open_session;
        shown.C_SignInit = sign_init;
        shown.C_Sign = sign;
        shown.C_GetSessionInfo = session_info;
    }
    *list = &shown;
    return CKR_OK;
}
