{{- define "weir.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "weir.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "weir.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "weir.selectorLabels" . }}
{{- end }}

{{- define "weir.metadata" -}}
name: {{ include "weir.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "weir.labels" . | nindent 2 }}
{{- end }}

{{/* Deployment, StatefulSet or DaemonSet. */}}
{{- define "weir.kind" -}}
{{- $sharded := gt (int .Values.shards) 1 -}}
{{- $claims := and .Values.state.enabled .Values.state.persistent -}}
{{- if eq .Values.mode "daemonset" -}}
{{- if or $sharded $claims (gt (int .Values.replicas) 1) -}}
{{- fail "replicas, shards and state.persistent are a gateway's: a DaemonSet has one Pod on each node" -}}
{{- end -}}
DaemonSet
{{- else if or $sharded $claims -}}
{{- if gt (int .Values.replicas) 1 -}}
{{- fail "replicas: a StatefulSet has as many Pods as it has shards" -}}
{{- end -}}
StatefulSet
{{- else -}}
Deployment
{{- end -}}
{{- end }}

{{- define "weir.hasState" -}}
{{- if and (eq .Values.mode "gateway") .Values.state.enabled -}}true{{- end -}}
{{- end }}

{{- define "weir.configMapName" -}}
{{- .Values.existingConfigMap | default (include "weir.fullname" .) -}}
{{- end }}

{{- define "weir.serviceAccountName" -}}
{{- $own := ternary (include "weir.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $own -}}
{{- end }}

{{/* The paths that Prometheus scrapes, as {"paths": […]}. */}}
{{- define "weir.paths" -}}
{{- $paths := .Values.monitor.paths -}}
{{- $config := .Values.config -}}
{{- if not $paths -}}
{{- range $config.routes -}}
{{- if not (hasSuffix "/*" .path) -}}{{- $paths = append $paths .path -}}{{- end -}}
{{- end -}}
{{- $all := or $config.upstream_url $config.metrics_url $config.upstreams (not $config.routes) -}}
{{- if and $all (not (has "/metrics" $paths)) -}}{{- $paths = append $paths "/metrics" -}}{{- end -}}
{{- end -}}
{{- dict "paths" $paths | toYaml -}}
{{- end }}
