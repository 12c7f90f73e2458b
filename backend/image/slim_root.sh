#!/usr/bin/env bash
# Takes out of the base image what a server never runs: package installers, Perl, and Python's tools for developers.
# Debian's list of packages is kept up to date, so that scanners see what is there and nothing else.
set -euo pipefail

purge() { # packages, as far as they are there
    local package installed=()
    for package in "$@"; do
        if dpkg-query --show "$package" > /dev/null 2>&1; then installed+=("$package"); fi
    done
    # Others depend on them, on paper; of what dpkg says about that nothing is news.
    dpkg --purge --force-all "${installed[@]}" > /tmp/purge 2>&1 || { cat /tmp/purge; return 1; }
    rm /tmp/purge
}

groupadd --gid 10001 askdocs
useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/askdocs --shell /usr/sbin/nologin askdocs
install -d -o askdocs -g askdocs -m 0700 /var/lib/askdocs

purge apt debian-archive-keyring gpgv adduser libapt-pkg6.0 libgnutls30 libp11-kit0 libtasn1-6 libhogweed6 libnettle8 \
    libidn2-0 libunistring2 libxxhash0 libseccomp2 mount util-linux-extra e2fsprogs logsave libext2fs2 libss2 libcom-err2 \
    passwd login libpam-runtime libpam-modules libpam-modules-bin libpam0g libdb5.3 libaudit1 libaudit-common libcap-ng0 \
    libsemanage2 libsemanage-common libsepol2 sysvinit-utils ncurses-bin diffutils openssl
# What the scripts of those above still needed.
purge init-system-helpers debconf perl-base util-linux bsdutils libsystemd0 libudev1 libgcrypt20 libgpg-error0 liblz4-1 \
    libmount1 libblkid1 libsmartcols1

# Character sets for iconv, which Python does not use.
rm -rf /usr/lib/*/gconv
find /usr/share/doc -type f ! -name copyright -delete
rm -rf /usr/share/{man,info,locale,lintian,bug,perl5,bash-completion,zoneinfo/right,zoneinfo/posix} \
    /var/cache/* /var/lib/apt /var/log/* /var/lib/dpkg/*-old /root/.cache

library=$(echo /usr/local/lib/python3.*)
rm -rf "$library"/{site-packages,distutils,ensurepip,idlelib,lib2to3,tkinter,turtledemo,turtle.py,pydoc_data,test} \
    "$library"/config-3.* "$library"/lib-dynload/_{tkinter,test}*.so \
    /usr/local/{include,share} /usr/local/lib/pkgconfig \
    /usr/local/bin/{pip,pydoc,idle,2to3,python3-config,python3.11-config}*
mkdir "$library/site-packages"
# Last, since everything above needs it. Its list of what is installed stays.
rm -rf /usr/bin/dpkg* /usr/sbin/dpkg* /usr/lib/dpkg /usr/share/dpkg /var/lib/dpkg/info/*.{md5sums,postinst,postrm,preinst,prerm}
