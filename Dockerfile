# 协链 Xielian, one image for web, worker, beat and the init job. See docs/operations.md.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
WORKDIR /srv/app
COPY requirements/base.txt requirements/base.txt
RUN /opt/venv/bin/python -m pip install --require-hashes --no-deps -r requirements/base.txt
COPY . .
# Catalogues and static files are compiled once, here. The settings ask for values that only matter at run time.
RUN /opt/venv/bin/python -m launcher.catalogues \
 && PYTHONPATH=/srv/app:/srv/app/platform DJANGO_SETTINGS_MODULE=hub.settings.production \
    SECRET_KEY=only-for-the-build-and-not-kept-anywhere-afterwards-0000 ALLOWED_HOSTS=localhost \
    SITE_URL=https://localhost STATIC_ROOT=/srv/static XIELIAN_VAR=/tmp/var \
    /opt/venv/bin/python manage.py collectstatic --no-input \
 && rm -rf launcher requirements

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 xielian \
 && useradd --system --uid 10001 --gid xielian --home-dir /srv/var --no-create-home xielian \
 && install -d -o xielian -g xielian -m 0750 /srv/var
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/app /srv/app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/srv/app:/srv/app/platform \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=hub.settings.production \
    STATIC_ROOT=/srv/static \
    XIELIAN_VAR=/srv/var
WORKDIR /srv/app
USER xielian
VOLUME /srv/var
EXPOSE 8000
CMD ["gunicorn", "hub.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "3", "--threads", "8", "--timeout", "60", "--graceful-timeout", "20", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--no-control-socket", "--access-logfile", "-"]
